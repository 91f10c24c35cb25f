/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The path of a task's cgroup (version 2), below its root. */
#ifndef SALLYPORT_CGROUP_H
#define SALLYPORT_CGROUP_H

struct cgroup_walk {
    char *buffer;
    struct {
        __u64 node;
        __u32 offset;
        __u32 unresolvable;
    } at;
};

static long cgroup_step(__u32 index, struct cgroup_walk *w)
{
    struct kernfs_node *node = (struct kernfs_node *)w->at.node;
    struct kernfs_node___6_15 *recent = (struct kernfs_node___6_15 *)w->at.node;
    __u64 parent = bpf_core_field_exists(recent->__parent) ? (__u64)BPF_CORE_READ(recent, __parent)
                                                           : (__u64)BPF_CORE_READ(node, parent);
    if (!parent) {
        w->at.unresolvable = SP_RESOLVED;
        return 1;
    }
    char *buffer = w->buffer;
    /* Names are at most 255 bytes; read to the pad behind the buffer first, to learn the length. */
    long length = bpf_probe_read_kernel_str(buffer + PATH_BUFFER, PATH_PAD, BPF_CORE_READ(node, name));
    if (length <= 1 || length > 255 || length > w->at.offset)
        return 1;
    __u32 offset = (w->at.offset - (__u32)length) & (PATH_BUFFER - 1);
    __u32 bytes = ((__u32)length - 1) & 255;
    buffer[offset] = '/';
    asm volatile("" : "+r"(bytes));
    bytes &= 255;
    bpf_probe_read_kernel(buffer + offset + 1, bytes, buffer + PATH_BUFFER);
    w->at.offset = offset;
    w->at.node = parent;
    return 0;
}

/* Builds the path in s->path; one that doesn't fit is too long, and matched by no pattern. */
__noinline int resolve_cgroup(struct scratch *s, __u64 task_address, struct resolved *out)
{
    if (!s || !out)
        return 0;
    struct task_struct *task = (struct task_struct *)task_address;
    struct cgroup_walk w = {.buffer = s->path, .at.offset = PATH_END, .at.unresolvable = SP_PATH_TOO_LONG};
    w.at.node = (__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
    s->path[PATH_END] = 0;
    forget(&w.at, sizeof(w.at));
    if (w.at.node)
        bpf_loop(256, cgroup_step, &w, 0);
    __u32 start = w.at.offset & (PATH_BUFFER - 1);
    if (start == PATH_END)
        s->path[--start & (PATH_BUFFER - 1)] = '/';
    out->start = start;
    out->flags = 0;
    out->unresolvable = w.at.unresolvable;
    out->pad = 0;
    return 0;
}

#endif
