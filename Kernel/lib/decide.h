/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision path of every hook: is anything concerned → what the rules ask about → sets → verdict, then the report.
 *
 * Fail directions, each a decision:
 *   no tables                 allow, counted (SP_COUNT_NO_TABLES). Programs are attached only after a first generation
 *                             is installed, and a generation is only ever replaced by another one.
 *   no rule on the operation  allow, without a look at the object. So it is where none of them concerns the subject, or
 *                             none the access that is wanted.
 *   path unresolvable         the rules that name `unresolvable` decide; reported with the reason.
 *   path raced, no memory     the same, but where those rules don't deny it is refused all the same if any rule concerns
 *                             this operation (and, when the object's path is meant, this subject): both are brought
 *                             about by load or by an attacker, and "try again" must not be a way past a rule
 *                             (SP_COUNT_REFUSED_BLIND).
 *   digest unknown            each rule that asks for one says what then: unknown_digest.
 *   ancestors unknown         deny rules that ask for them match, allow rules don't.
 *   ring full, daemon dead    no influence.
 */
#ifndef SALLYPORT_DECIDE_H
#define SALLYPORT_DECIDE_H

#define CONCERNS_RULES 1
#define CONCERNS_LISTENER 2

/*
 * Whether anything follows from an operation of the current task: the fast path of every hook. Three look-ups (outer
 * map, tables, task storage); where no rule is on the operation the third isn't made.
 */
__noinline int concerns(__u32 operation)
{
    operation &= SP_OPERATIONS - 1;
    int listener = runtime.notify >> operation & 1 ? CONCERNS_LISTENER : 0;
    struct sp_policy_tables *t = current_tables();
    if (!t)
        return listener | CONCERNS_RULES; /* decide() counts it */
    if (!(t->operations >> operation & 1))
        return listener;
    struct task_struct *task = bpf_get_current_task_btf();
    struct subject *p = bpf_task_storage_get(&subjects, task, 0, 0);
    if (!p)
        return listener | CONCERNS_RULES;
    struct process_sets *sets = &p->sets[SP_SIDE_SUBJECT];
    if (sets->generation != t->generation || sets->exec_count != task->self_exec_id)
        return listener | CONCERNS_RULES;
    /* What it executes has been compared. */
    if (used_fields(t, SP_SIDE_SUBJECT) &
        (SP_USED_CGROUP | SP_USED_CONTAINER | SP_USED_USER | SP_USED_EXE_DIGEST | SP_USED_LISTS)) {
        struct process_facts f = {};
        gather_facts(t, (__u64)bpf_get_current_task(), SP_SIDE_SUBJECT, &f);
        if (staleness(t, sets, &f) != SETS_VALID)
            return listener | CONCERNS_RULES;
    }
    if (sets->operations >> operation & 1)
        return listener | CONCERNS_RULES;
    __u32 stripe = bpf_get_smp_processor_id() & (SP_STRIPES - 1);
    __sync_fetch_and_add(&runtime.fast[stripe][operation], 1);
    return listener;
}

/*
 * The sets of another task as the object, copied into s->spare: its own may be written meanwhile. True if those that it
 * keeps hold.
 */
__noinline int copy_object_sets(struct sp_policy_tables *t, struct scratch *s, struct subject *p, __u64 task)
{
    if (!t || !s || !p)
        return 0;
    struct process_sets *copy = &s->spare[SP_SIDE_OBJECT].sets[SP_SIDE_OBJECT], *kept = &p->sets[SP_SIDE_OBJECT];
    struct process_facts f = {};
    gather_facts(t, task, SP_SIDE_OBJECT, &f);
    bpf_probe_read_kernel(copy, sizeof(*copy), kept);
    asm volatile("" ::: "memory");
    /* The same generation before and after: nobody wrote in between. */
    return *(volatile __u64 *)&kept->generation == copy->generation && staleness(t, copy, &f) == SETS_VALID;
}

/* A file system's type by its name of at most 15 bytes: FNV-1a. */
static __always_inline __u64 filesystem_name_key(const char *name)
{
    __u64 hash = 0xcbf29ce484222325ull;
#pragma unroll
    for (int i = 0; i < 15; i++) {
        __u64 going = -(__u64)(name[i] != 0);
        __u64 next = (hash ^ (__u8)name[i]) * 0x100000001b3ull;
        hash = (next & going) | (hash & ~going);
    }
    return SP_VALUE_KEY(SP_VALUE_FILESYSTEM, hash & 0x00ffffffffffffffull);
}

/* The set of the file system that an inode is on. */
__noinline int filesystem_set(struct sp_policy_tables *t, __u64 inode)
{
    if (!t)
        return 0;
    char name[16] = {};
    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ((struct inode *)inode, i_sb, s_type, name));
    struct sp_value *value = value_of(t, filesystem_name_key(name));
    return value ? value->set[SP_SIDE_OBJECT] : t->other_filesystem;
}

enum { ASK_OPERATION, ASK_DETAIL, ASK_FLAGS, ASK_FILESYSTEM, ASK_DIGEST, ASK_VERITY };

/* The set of what belongs to the operation alone. */
static __always_inline __u32 detail_set(struct sp_policy_tables *t, struct attempt *a)
{
    switch (a->operation) {
    case SP_OP_PROCESS_SIGNAL:
        return t->signal_set[(a->signal - 1) & (SP_SIGNALS - 1)];
    case SP_OP_MEMORY_MAP_EXECUTABLE:
    case SP_OP_MEMORY_MAKE_EXECUTABLE:
        return t->mapping_set[a->mapping & (SP_MAPPINGS - 1)];
    case SP_OP_KERNEL_ACCESS:
        return t->area_set[a->area & (SP_AREAS - 1)];
    default:
        return t->access_set[a->access & (SP_ACCESSES - 1)];
    }
}

static __always_inline void walk_to_object(struct scratch *s)
{
    struct resolved *r = &s->attempt.path;
    resolve_object(s);
    count(SP_COUNT_WALKS, 1);
    if (r->unresolvable)
        count(SP_COUNT_UNRESOLVABLE + (r->unresolvable & 7), 1);
}

/* The set that the object's path is in; `kept` is what is kept of the file, or NULL. */
__noinline int ask_about_path(struct sp_policy_tables *t, struct scratch *s, struct file_sets *kept,
                              struct selection *out)
{
    if (!t || !s || !out)
        return 0;
    if (kept && kept_path_set(t, s, kept, out))
        return 0;
    struct classes c = {.kind = CLASSES_ABSENT};
    walk_to_object(s);
    classify_path(t, s, &s->attempt.path, &c);
    select_field(t, &c, SP_PATH_FILE, out);
    if (kept)
        keep_path_set(t, s, kept, out);
    return 0;
}

/* What else rules on the operation ask of a file. */
__noinline int ask_about_file(struct sp_policy_tables *t, struct scratch *s, struct question *q)
{
    if (!t || !s || !q)
        return 0;
    struct attempt *a = &s->attempt;
    __u32 asked = t->asked[a->operation & (SP_OPERATIONS - 1)];
    if (asked & SP_USED_FLAGS) {
        struct sp_file *file = &s->file;
        __builtin_memset(file, 0, sizeof(*file));
        if (!(asked & SP_USED_PATH))
            walk_to_object(s);
        describe_inode(a->inode, &a->path, file);
        q->set[ASK_FLAGS] = t->flags_set[(file->flags | a->flags) & (SP_FLAGS - 1)];
    }
    if (asked & SP_USED_FILESYSTEM)
        q->set[ASK_FILESYSTEM] = filesystem_set(t, a->inode);
    if (asked & SP_USED_VERITY)
        q->set[ASK_VERITY] = verity_set(t, s);
    return 0;
}

/* Whether the sets kept of a task that isn't the current one hold and leave no rule on the operation. */
__noinline int is_left_alone(struct sp_policy_tables *t, struct subject *p, __u64 task, __u32 operation)
{
    if (!t || !p)
        return 0;
    struct process_sets *sets = &p->sets[SP_SIDE_SUBJECT];
    struct process_facts f = {};
    gather_facts(t, task, SP_SIDE_SUBJECT, &f);
    if (staleness(t, sets, &f) != SETS_VALID)
        return 0;
    __u64 operations = *(volatile __u64 *)&sets->operations;
    asm volatile("" ::: "memory");
    /* They are written with the generation 0: what was read is what was there before, or after. */
    return *(volatile __u64 *)&sets->generation == t->generation && !(operations >> (operation & 63) & 1);
}

/* The same as `concerns` where the subject is another task, with that task's storage. */
static __always_inline int concerns_other(__u32 operation, __u64 task, struct subject *p)
{
    struct sp_policy_tables *t = current_tables();
    int listener = runtime.notify >> operation & 1 ? CONCERNS_LISTENER : 0;
    if (t && (!(t->operations >> operation & 1) || is_left_alone(t, p, task, operation)))
        return listener;
    return listener | CONCERNS_RULES;
}

/* Decides by sets that have been made sure of; `object` is the subject's where the object is no process. */
__noinline int decide_by(struct sp_policy_tables *t, struct scratch *s, struct process_sets *subject,
                         struct process_sets *object, struct file_sets *kept)
{
    if (!t || !s || !subject || !object)
        return 0;
    struct attempt *a = &s->attempt;
    __u32 operation = a->operation & (SP_OPERATIONS - 1);
    struct question q = {};
    struct answer answer = {.verdict = SP_VERDICT_ALLOW, .rule = SP_NO_RULE};
    bool blind = a->blind;
    q.set[ASK_OPERATION] = t->operation_set[operation];
    q.set[ASK_DETAIL] = detail_set(t, a);
    q.path.set[0] = q.set[ASK_FLAGS] = q.set[ASK_FILESYSTEM] = q.set[ASK_DIGEST] = q.set[ASK_VERITY] = t->all_rules;
    if (a->has_path) {
        /* The subject's rules on the operation may all be on another access: then the path isn't looked at either. */
        if (!blind && q.set[ASK_DETAIL] != t->all_rules &&
            !has_candidates(t, subject, q.set[ASK_OPERATION], q.set[ASK_DETAIL])) {
            a->verdict = SP_VERDICT_ALLOW;
            a->rule = SP_NO_RULE;
            return 0;
        }
        if (t->asked[operation] & SP_USED_PATH)
            ask_about_path(t, s, kept, &q.path);
        if (t->asked[operation] & SP_USED_DIGEST)
            q.set[ASK_DIGEST] = file_digest_set(t, s, kept);
        ask_about_file(t, s, &q);
        if ((t->asked[operation] & SP_USED_PATH) &&
            (a->path.unresolvable == SP_PATH_RACED || a->path.unresolvable == SP_PATH_NO_MEMORY))
            blind = true;
    }
    evaluate(t, subject, object, &q, &answer);
    a->verdict = answer.verdict;
    a->rule = answer.rule;
    if (blind && a->verdict != SP_VERDICT_DENY) {
        count(SP_COUNT_REFUSED_BLIND, 1);
        a->verdict = SP_VERDICT_DENY;
        a->rule = SP_NO_RULE;
    }
    return 0;
}

/* Decides the attempt in `s`; `other` is the storage of the task that is the object, `kept` that of the file. */
static __always_inline void decide(struct scratch *s, struct subject *other, struct file_sets *kept)
{
    struct attempt *a = &s->attempt;
    __u32 operation = a->operation & (SP_OPERATIONS - 1);
    a->verdict = SP_VERDICT_ALLOW;
    a->rule = SP_NO_RULE;
    count(SP_COUNT_DECIDED + operation, 1);
    struct sp_policy_tables *t = current_tables();
    if (!t) {
        count(SP_COUNT_NO_TABLES, 1);
        return;
    }
    a->generation = t->generation;
    if (!(t->operations >> operation & 1) || bpf_get_current_pid_tgid() == runtime.digest_taker)
        return;
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 address = a->subject ? a->subject : bpf_get_current_task();
    struct subject *p = a->subject ? &s->spare[SP_SIDE_SUBJECT]
                                   : bpf_task_storage_get(&subjects, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    int found = prepare_sets(t, s, p, address, SP_SIDE_SUBJECT);
    struct process_sets *subject = &s->spare[SP_SIDE_SUBJECT].sets[SP_SIDE_SUBJECT], *object;
    if (found == SETS_KEPT && p) {
        asm volatile("" : "+r"(p)); /* no arithmetic before the comparison */
        subject = &p->sets[SP_SIDE_SUBJECT];
    }
    a->blind = found == SETS_BLIND;
    if (!a->blind && !(subject->operations >> operation & 1))
        return;
    object = subject;
    if (a->task) {
        object = &s->spare[SP_SIDE_OBJECT].sets[SP_SIDE_OBJECT];
        if (!copy_object_sets(t, s, other, a->task)) {
            found = prepare_sets(t, s, other, a->task, SP_SIDE_OBJECT);
            a->blind |= found == SETS_BLIND;
            if (found == SETS_KEPT && other) { /* another processor was faster */
                asm volatile("" : "+r"(other));
                bpf_probe_read_kernel(object, sizeof(*object), &other->sets[SP_SIDE_OBJECT]);
            }
        }
    }
    decide_by(t, s, subject, object, kept);
}

/* Reports the attempt of the current task. */
__noinline int report(struct scratch *s)
{
    if (!s)
        return 0;
    struct attempt *a = &s->attempt;
    __u32 operation = a->operation & (SP_OPERATIONS - 1);
    __u64 task = a->subject ? a->subject : bpf_get_current_task();
    struct sp_record *r = &s->record;
    begin_record(s, operation);
    describe_task(task, r);
    if (a->subject) /* not the current task */
        s->criteria.exe = s->spare[SP_SIDE_SUBJECT].exe | (s->spare[SP_SIDE_SUBJECT].exe == 0);
    r->verdict = a->verdict;
    r->rule = a->rule;
    r->generation = a->generation;
    r->access = a->access;
    r->way = a->way;
    r->signal = a->signal;
    r->mapping = a->mapping;
    r->area = a->area;
    if (a->has_path) {
        if (!a->resolved) /* the decision didn't need it */
            resolve_object(s);
        describe_inode(a->inode, &a->path, &r->file);
        r->file.flags |= a->flags;
        append_path(s, SP_FIELD_PATH, &a->path);
    }
    if (a->task) {
        struct task_struct *other = (struct task_struct *)a->task;
        struct resolved path = {.start = PATH_END, .unresolvable = SP_PATH_ANONYMOUS};
        identify(other, &r->other);
        __u64 exe = (__u64)BPF_CORE_READ(other, mm, exe_file);
        if (exe) {
            resolve_file(s, exe, &path);
            append_path(s, SP_FIELD_TARGET, &path);
        }
    }
    if (a->credentials)
        describe_credentials((struct cred *)a->credentials, &r->next);
    if (a->name)
        append_text(s, SP_FIELD_NAME, a->name);
    append_cgroup(s, task);
    submit(s);
    return 0;
}

/*
 * Begins an attempt that something follows from. NULL when there is no memory: then it is lost to listeners, and refused
 * if rules concern it (see the fail directions); the hook returns `without_memory`.
 */
static __always_inline struct scratch *begin_attempt(__u32 operation, int concerned)
{
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s)
        return 0;
    __builtin_memset(&s->attempt, 0, sizeof(s->attempt));
    s->attempt.operation = operation;
    s->attempt.listener = concerned & CONCERNS_LISTENER;
    return s;
}

static __always_inline int without_memory(__u32 operation, int concerned)
{
    bool refused = concerned & CONCERNS_RULES;
    miss(operation, 1, refused);
    if (!refused)
        return 0; /* only a listener misses it */
    count(SP_COUNT_REFUSED_BLIND, 1);
    count(SP_COUNT_DENIED + operation, 1);
    return -EPERM; /* what can't be decided isn't let pass */
}

/* Reports and counts what was decided, and ends the attempt: what the hook returns. */
static __always_inline int conclude(struct scratch *s)
{
    struct attempt *a = &s->attempt;
    __u32 verdict = a->verdict, operation = a->operation & (SP_OPERATIONS - 1);
    if (verdict != SP_VERDICT_ALLOW || a->listener)
        report(s);
    give_scratch(s->slot);
    if (verdict != SP_VERDICT_DENY)
        return 0; /* no rule denies */
    count(SP_COUNT_DENIED + operation, 1);
    return -EPERM;
}

static __always_inline int settle(struct scratch *s, struct subject *other)
{
    decide(s, other, 0);
    return conclude(s);
}

/* What is kept of a file, for an attempt that rules concern; a macro: the kernel takes its own pointers only. */
#define SETS_OF_FILE(inode, concerned) \
    ((concerned)&CONCERNS_RULES ? bpf_inode_storage_get(&file_sets, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE) : 0)

#endif
