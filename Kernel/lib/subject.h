/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The subject's rule sets: by the path of its executable, computed once per execution and policy generation and kept in
 * task storage. Without storage (no memory, or the kernel's recursion guard) they are computed again each time.
 */
#ifndef SALLYPORT_SUBJECT_H
#define SALLYPORT_SUBJECT_H

/* The subject's rule sets, computed once per execution and generation. */
struct subject_cache {
    __u64 generation;
    __u64 exec_count;
    __u64 exe_file;
    struct selection selection;
};
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct subject_cache);
} subjects SEC(".maps");

/* Sets for a resolved path (object or subject side) by classes of every automaton. `s` holds the path. */
int select_by_path(struct sp_policy_tables *t, struct scratch *s, struct resolved *r, __u32 object,
                   struct selection *out)
{
    if (!t || !r || !out)
        return 0;
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        out->set[i] = 0;
    if (r->unresolvable || !s) {
        out->set[0] = object ? t->unresolvable.object_set : t->unresolvable.subject_set;
        return 0;
    }
#pragma unroll
    for (__u32 i = 0; i < SP_MAX_AUTOMATA; i++) {
        if (i >= t->automata)
            break;
        __u32 number = classify(t, s->path, r->start, i);
        asm volatile("" : "+r"(number));
        if (number >= SP_MAX_CLASSES)
            break;
        struct sp_class *class = &t->classes[number];
        out->set[i] = object ? class->object_set : class->subject_set;
    }
    return 0;
}

/* The current task's sets. Returns the reason (enum sp_unresolvable) when the path couldn't be read at this moment. */
int select_subject(struct sp_policy_tables *t, struct scratch *s, struct selection *out)
{
    if (!t || !out)
        return 0;
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        out->set[i] = 0;
    if (!t->subject_conditions) {
        out->set[0] = t->absent.subject_set;
        return 0;
    }
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *exe = BPF_CORE_READ(task, mm, exe_file);
    __u64 exec_count = BPF_CORE_READ(task, self_exec_id);
    struct subject_cache *cache = bpf_task_storage_get(&subjects, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (cache && cache->generation == t->generation && cache->exec_count == exec_count &&
        cache->exe_file == (__u64)exe) {
        *out = cache->selection;
        return 0;
    }
    struct resolved r = {.start = PATH_END, .unresolvable = SP_PATH_ANONYMOUS};
    if (exe)
        resolve_file(s, (__u64)exe, &r);
    select_by_path(t, s, &r, 0, out);
    /* What couldn't be read just now isn't kept: the next attempt tries again. */
    if (r.unresolvable == SP_PATH_RACED || r.unresolvable == SP_PATH_NO_MEMORY)
        return r.unresolvable;
    if (!cache) {
        count(SP_COUNT_NO_STORAGE, 1);
        return 0;
    }
    cache->selection = *out;
    cache->exec_count = exec_count;
    cache->exe_file = (__u64)exe;
    cache->generation = t->generation;
    return 0;
}

#endif
