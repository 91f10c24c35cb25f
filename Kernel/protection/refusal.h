/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is reported of a refusal. It comes after the decision and can't change it. */
#ifndef SALLYPORT_PROTECTION_REFUSAL_H
#define SALLYPORT_PROTECTION_REFUSAL_H

struct refused {
    __u32 kind, operation, access, signal, way, area, owner, levels, detail, pad;
    __u64 entry;
    __u64 dentry; /* or 0 */
    __u64 inode;  /* or 0 */
    __u64 task;   /* or 0 */
};

static __noinline int report_refusal(struct sp_protection *w, struct refused *f)
{
    __sync_fetch_and_add(&w->refused, f->kind <= SP_REFUSED_SEALED);
    struct sp_refusal *r = bpf_ringbuf_reserve(&refusals, sizeof(*r), 0);
    if (!r) {
        __sync_fetch_and_add(&w->lost, 1);
        return 0;
    }
    __builtin_memset(r, 0, sizeof(*r));
    struct task_struct *current = bpf_get_current_task_btf();
    r->time = bpf_ktime_get_boot_ns();
    r->entry = f->entry;
    r->start_time = BPF_CORE_READ(current, group_leader, start_boottime);
    r->owner = f->owner;
    r->kind = f->kind;
    r->operation = f->operation;
    r->access = f->access;
    r->signal = f->signal;
    r->way = f->way;
    r->area = f->area;
    r->pid = current->tgid;
    r->tid = current->pid;
    r->levels = f->levels;
    r->detail = f->detail;
    bpf_get_current_comm(r->comm, sizeof(r->comm));
    if (f->task) {
        struct task_struct *other = (struct task_struct *)f->task;
        r->object_pid = BPF_CORE_READ(other, tgid);
        r->object_tid = BPF_CORE_READ(other, pid);
        r->object_start_time = BPF_CORE_READ(other, group_leader, start_boottime);
    }
    if (f->inode) {
        struct inode *inode = (struct inode *)f->inode;
        r->inode = BPF_CORE_READ(inode, i_ino);
        r->device = BPF_CORE_READ(inode, i_sb, s_dev);
        r->generation = BPF_CORE_READ(inode, i_generation);
        r->mode = BPF_CORE_READ(inode, i_mode);
    }
    struct dentry *d = (struct dentry *)f->dentry;
#pragma unroll
    for (int i = 0; i < SP_REFUSAL_NAMES; i++) {
        if (!d)
            break;
        bpf_probe_read_kernel_str(r->names[i], SP_REFUSAL_NAME, BPF_CORE_READ(d, d_name.name));
        struct dentry *parent = BPF_CORE_READ(d, d_parent);
        d = parent == d ? 0 : parent;
    }
    bpf_ringbuf_submit(r, 0);
    return 0;
}

#endif
