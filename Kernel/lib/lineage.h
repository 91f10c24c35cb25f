/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process executes, and what it and those it descends from executed before. */
#ifndef SALLYPORT_LINEAGE_H
#define SALLYPORT_LINEAGE_H

static __always_inline bool has_ancestor(struct subject *p, __u64 key)
{
    __u64 found = 0;
#pragma unroll
    for (int i = 0; i < MAX_ANCESTORS; i++)
        found |= p->ancestors[i] == key;
    return found;
}

/* Adds an executable to those that ran before. */
static __always_inline void add_ancestor(struct subject *p, __u64 key)
{
    if (key < PROGRAM_KEYS) { /* it had no path, or that wasn't kept */
        if (key)
            p->unresolvable = 1;
        else
            p->incomplete = 1;
        return;
    }
    if (has_ancestor(p, key))
        return;
    __u32 at = p->ancestor_count;
    asm volatile("" : "+r"(at));
    if (at >= MAX_ANCESTORS) {
        p->incomplete = 1;
        return;
    }
    p->ancestors[at] = key;
    p->ancestor_count = at + 1;
}

/*
 * Notes that the task now executes the file whose path `r` describes in s->path. Once an execution: by the first
 * decision after it, else by the tracepoint. A task that is met without a past has ancestors that nobody knows.
 */
__noinline int note_execution(struct scratch *s, struct subject *p, struct resolved *r, __u64 exec_count)
{
    if (!s || !p || !r)
        return 0;
    if (p->known && p->exec_count == exec_count)
        return 0;
    __u64 key = intern_program(s, r);
    if (p->known) {
        if (p->exe != key || !key)
            add_ancestor(p, p->exe);
        if (exec_count != p->exec_count + 1) /* it executed while nobody watched */
            p->incomplete = 1;
    } else {
        p->incomplete = 1;
        p->met = 1;
    }
    p->exe = key;
    p->exec_count = exec_count;
    p->is_script = 0;
    p->known = 1;
    return 0;
}

static __always_inline void forget_subject(struct subject *p)
{
    __builtin_memset(p, 0, __builtin_offsetof(struct subject, sets));
    p->sets[SP_SIDE_SUBJECT].generation = 0;
    p->sets[SP_SIDE_OBJECT].generation = 0;
}

/* A new task begins as its parent is. Sets that are being written meanwhile are left out. */
static __always_inline void inherit(struct subject *from, struct subject *to)
{
    bpf_probe_read_kernel(to, sizeof(*to), from);
#pragma unroll
    for (int i = 0; i < SP_SIDES; i++) {
        to->sets[i].writer = 0;
        if (to->sets[i].generation != *(volatile __u64 *)&from->sets[i].generation)
            to->sets[i].generation = 0;
    }
}

/* Notes an execution that nobody has noted yet; `task` is the address of p's task. */
__noinline int refresh_program(struct scratch *s, struct subject *p, __u64 task_address, __u64 exec_count)
{
    if (!s || !p)
        return 0;
    struct task_struct *task = (struct task_struct *)task_address;
    if (p->known && p->exec_count == exec_count)
        return 0;
    struct resolved r = {.start = PATH_END, .unresolvable = SP_PATH_ANONYMOUS};
    __u64 exe = (__u64)BPF_CORE_READ(task, mm, exe_file);
    if (exe)
        resolve_file(s, exe, &r);
    return note_execution(s, p, &r, exec_count);
}

#endif
