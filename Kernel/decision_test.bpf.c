/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision on facts that a test hands in, run by BPF_PROG_TEST_RUN: the very functions that the hooks use, without
 * a task or a file. Loaded by tests only (KernelProgram.test).
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SP_TEST_PATHS); /* the path lies before byte 4095 of scratch.path */
    __type(key, __u32);
    __type(value, struct scratch);
} test_paths SEC(".maps");

/* The classes of the path in a slot. */
__noinline int classify_test_path(struct sp_policy_tables *t, __u32 slot, __u32 length, struct classes *out)
{
    if (!t || !out)
        return 0;
    struct resolved r = {.start = (PATH_END - length) & (PATH_BUFFER - 1)};
    r.unresolvable = length == ~0u ? SP_PATH_ANONYMOUS : SP_RESOLVED;
    struct scratch *s = bpf_map_lookup_elem(&test_paths, &slot);
    if (s)
        classify_path(t, s, &r, out);
    return 0;
}

/* The sets of a process made of facts, in s->spare. */
__noinline int test_process(struct sp_policy_tables *t, struct scratch *s, struct sp_decide_request *request,
                            __u32 side)
{
    if (!t || !s || !request)
        return 0;
    side &= 1;
    __u32 used = used_fields(t, side), lists = 0, first = side * 4, slot = side * 3;
    struct classes c = {.kind = CLASSES_ABSENT};
    struct sp_test_process *f = &request->process[side];
    classify_test_path(t, SP_TEST_EXE + slot, request->length[SP_TEST_EXE + slot], &c);
    select_field(t, &c, SP_PATH_EXE + first, &s->gathered[GATHER_EXE]);
    if (!f->is_script)
        c.kind = CLASSES_ABSENT;
    select_field(t, &c, SP_PATH_INTERPRETER + first, &s->gathered[GATHER_INTERPRETER]);
    classify_test_path(t, SP_TEST_CGROUP + slot, request->length[SP_TEST_CGROUP + slot], &c);
    select_field(t, &c, SP_PATH_CGROUP + first, &s->gathered[GATHER_CGROUP]);
    select_field(t, &c, SP_PATH_CONTAINER + first, &s->gathered[GATHER_CONTAINER]);
    gather_user(t, s, f->uid, side);
    gather(s, GATHER_DIGEST, t->all_rules);
    if (used & SP_USED_EXE_DIGEST) {
        struct sp_content_digest digest;
        __u32 field = (SP_DIGEST_EXE + side) & (SP_DIGEST_FIELDS - 1);
#pragma unroll
        for (int i = 0; i < 4; i++)
            digest.word[i] = f->digest[i];
        gather(s, GATHER_DIGEST, f->has_digest ? (__u32)digest_set(t, &digest, field) : t->unknown_digest[field]);
    }
    if (used & SP_USED_LISTS) {
        struct list_values values = {.side = side, .capabilities = f->capabilities};
        values.unknown_ancestors = f->unknown_ancestors;
        for (__u32 i = 0; i < SP_TEST_GROUPS; i++) {
            struct sp_value *group = i < f->group_count ? value_of(t, SP_VALUE_KEY(SP_VALUE_GROUP, f->groups[i])) : 0;
            if (group)
                values.groups |= group->groups;
        }
        if (f->has_ancestor) {
            classify_test_path(t, SP_TEST_ANCESTOR + slot, request->length[SP_TEST_ANCESTOR + slot], &c);
            values.ancestors = ancestor_lists(t, &c);
        }
        put_lists(t, s, &values);
        lists = t->list_count;
    }
    intersect(t, s, &s->spare[side].sets[side], GATHER_LISTS + lists);
    return 0;
}

/* What rules ask of the file that the request describes. */
__noinline int test_file(struct sp_policy_tables *t, struct sp_decide_request *request, struct question *q)
{
    if (!t || !request || !q)
        return 0;
    struct classes c = {.kind = CLASSES_ABSENT};
    struct sp_content_digest digest;
    classify_test_path(t, SP_TEST_FILE, request->length[SP_TEST_FILE], &c);
    select_field(t, &c, SP_PATH_FILE, &q->path);
    q->set[ASK_FLAGS] = t->flags_set[request->flags & (SP_FLAGS - 1)];
    struct sp_value *value = value_of(t, filesystem_name_key(request->filesystem));
    q->set[ASK_FILESYSTEM] = value ? value->set[SP_SIDE_OBJECT] : t->other_filesystem;
#pragma unroll
    for (int i = 0; i < 4; i++)
        digest.word[i] = request->digest[i];
    q->set[ASK_DIGEST] =
        request->has_digest ? (__u32)digest_set(t, &digest, SP_DIGEST_FILE) : t->unknown_digest[SP_DIGEST_FILE];
#pragma unroll
    for (int i = 0; i < 4; i++)
        digest.word[i] = request->verity[i];
    q->set[ASK_VERITY] =
        request->has_verity ? (__u32)digest_set(t, &digest, SP_DIGEST_VERITY) : t->unknown_digest[SP_DIGEST_VERITY];
    return 0;
}

SEC("syscall")
int decision_test(struct sp_decide_request *context)
{
    struct sp_policy_tables *t = current_tables();
    __u32 slot = 0;
    struct scratch *s = t ? take_scratch(&slot) : 0;
    if (!t || !s)
        return 1;
    struct sp_decide_request *request = (struct sp_decide_request *)s->tail;
    bpf_probe_read_kernel(request, sizeof(*request), context);
    struct question q = {};
    struct answer a = {};
    struct attempt *attempt = &s->attempt;
    __builtin_memset(attempt, 0, sizeof(*attempt));
    attempt->operation = request->operation;
    attempt->access = request->access;
    attempt->signal = request->signal + 1;
    attempt->mapping = request->mapping;
    attempt->area = request->area;
    q.set[ASK_OPERATION] = t->operation_set[request->operation & (SP_OPERATIONS - 1)];
    q.set[ASK_DETAIL] = detail_set(t, attempt);
    q.path.set[0] = q.set[ASK_FLAGS] = q.set[ASK_FILESYSTEM] = q.set[ASK_DIGEST] = q.set[ASK_VERITY] = t->all_rules;
    struct process_sets *subject = &s->spare[SP_SIDE_SUBJECT].sets[SP_SIDE_SUBJECT], *object = subject;
    test_process(t, s, request, SP_SIDE_SUBJECT);
    if (request->object == 2) {
        test_process(t, s, request, SP_SIDE_OBJECT);
        object = &s->spare[SP_SIDE_OBJECT].sets[SP_SIDE_OBJECT];
    } else if (request->object == 1) {
        test_file(t, request, &q);
    }
    evaluate(t, subject, object, &q, &a);
    give_scratch(slot);
    context->verdict = a.verdict;
    context->rule = a.rule;
    return 0;
}
