/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision on paths that a test hands in, run by BPF_PROG_TEST_RUN: the very functions that the hooks use, without a
 * file. Loaded by tests only (KernelPrograms.testPrograms).
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2); /* 0 object, 1 subject: the path lies before byte 4095 of scratch.path */
    __type(key, __u32);
    __type(value, struct scratch);
} test_paths SEC(".maps");

SEC("syscall")
int decision_test(struct sp_decide_request *request)
{
    __u32 zero = 0, one = 1;
    struct scratch *object = bpf_map_lookup_elem(&test_paths, &zero);
    struct scratch *subject = bpf_map_lookup_elem(&test_paths, &one);
    struct sp_policy_tables *t = current_tables();
    if (!object || !subject || !t)
        return 1;
    struct question q = {};
    struct answer a = {};
    q.operation_set = t->operation_set[request->operation & (SP_OPERATIONS - 1)];
    struct resolved object_path = {}, subject_path = {};
    object_path.start = (PATH_END - request->object_length) & (PATH_BUFFER - 1);
    object_path.unresolvable = request->object_length == ~0u ? SP_PATH_ANONYMOUS : SP_RESOLVED;
    subject_path.start = (PATH_END - request->subject_length) & (PATH_BUFFER - 1);
    subject_path.unresolvable = request->subject_length == ~0u ? SP_PATH_ANONYMOUS : SP_RESOLVED;
    select_by_path(t, subject, &subject_path, 0, &q.subject);
    select_by_path(t, object, &object_path, 1, &q.object);
    evaluate(t, &q, &a);
    request->verdict = a.verdict;
    request->rule = a.rule;
    return 0;
}
