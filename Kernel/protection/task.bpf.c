/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose a task is.
 *
 *   lsm/bprm_committed_creds   an execution: whoever executes an owner's file, unobserved, acts for it
 *   tp_btf/sched_process_fork  threads and children are what their creator is, until they execute something;
 *                              process 1's are its own code until then
 *   tp_btf/sched_process_exit  the number is free again
 *   lsm/mmap_file              foreign code: the process acts for nobody any more
 *   lsm/file_mprotect          the same, mapped before
 *   tp_btf/cgroup_attach_task  a guarded task was moved: told to the daemon, which moves itself back
 */

#define LSM_UNSAFE_SHARE 1
#define LSM_UNSAFE_PTRACE 2
#define ADDR_NO_RANDOMIZE 0x0040000u
#define READ_IMPLIES_EXEC 0x0400000u

/* Why an execution isn't taken for its owner's, or 0: somebody else could have a hand in it. */
static __always_inline __u32 distrust(struct sp_protection *w, __u64 bprm, __u32 owner)
{
    struct task_struct *task = bpf_get_current_task_btf();
    if (BPF_CORE_READ((struct linux_binprm *)bprm, unsafe) & (LSM_UNSAFE_SHARE | LSM_UNSAFE_PTRACE) || task->ptrace)
        return SP_DISTRUST_TRACED;
    if (task->seccomp.mode)
        return SP_DISTRUST_SECCOMP;
    if (BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != w->mount_namespace ||
        (__u64)BPF_CORE_READ(task, fs, root.mnt) != w->root_mount ||
        (__u64)BPF_CORE_READ(task, fs, root.dentry) != w->root_entry)
        return SP_DISTRUST_NAMESPACE;
    if (task->personality & (ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC))
        return SP_DISTRUST_MEMORY;
    if (owner == SP_OWNER_PLATFORM && (__u32)bpf_get_current_uid_gid() != 0)
        return SP_DISTRUST_USER;
    return 0;
}

struct cgroup_climb {
    struct {
        __u64 node;
    } at;
    __u32 owner;
};

static long climb_step(__u32 index, struct cgroup_climb *c)
{
    struct kernfs_node *node = (struct kernfs_node *)c->at.node;
    struct kernfs_node___6_15 *recent = (struct kernfs_node___6_15 *)c->at.node;
    __u64 parent = bpf_core_field_exists(recent->__parent) ? (__u64)BPF_CORE_READ(recent, __parent)
                                                           : (__u64)BPF_CORE_READ(node, parent);
    if (!parent)
        return 1; /* the root */
    __u64 number = BPF_CORE_READ(node, id);
    struct sp_guarded_cgroup group = {.owner = c->owner, .above = index > 0};
    struct sp_guarded_cgroup *known = bpf_map_lookup_elem(&guarded_cgroups, &number);
    /* What is the platform's, or a task's own, stays so: others live below it. */
    if (!known || !group.above || (known->above && known->owner != SP_OWNER_PLATFORM))
        bpf_map_update_elem(&guarded_cgroups, &number, &group, BPF_ANY);
    c->at.node = parent;
    return 0;
}

/* The cgroups that a task lives in and below aren't frozen, killed or narrowed by others. */
static __always_inline void guard_cgroups(__u64 node, __u32 owner)
{
    struct cgroup_climb c = {.owner = owner};
    c.at.node = node;
    bpf_probe_read_kernel(&c.at, sizeof(c.at), &c.at);
    bpf_loop(16, climb_step, &c, 0);
}

static __always_inline bool has_init_as_parent(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_parent, tgid) == INIT_PID;
}

SEC("lsm/bprm_committed_creds")
int BPF_PROG(protect_exec, struct linux_binprm *bprm)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    __u32 pid = current_pid();
    struct sp_guarded_task *former = guarded_task(w, pid);
    struct sp_guard *guard = guard_of(w, bprm->file->f_inode);
    if (pid == INIT_PID) {
        /* By anything else that it executes the machine doesn't go down any more. */
        w->going_down = guard && guard->flags & SP_GUARD_SHUTDOWN;
        if (w->going_down) {
            struct refused f = {.kind = SP_GOES_DOWN, .operation = SP_OP_PROCESS_EXEC};
            report_refusal(w, &f);
        }
        return 0; /* it is what it was */
    }
    if (has_init_as_parent(bpf_get_current_task_btf()))
        bpf_map_delete_elem(&init_children, &pid);
    if (guard && guard->flags & SP_GUARD_EXECUTABLE) {
        __u32 reason = distrust(w, address_of(bprm), guard->owner);
        if (!reason) {
            struct sp_guarded_task task = {.owner = guard->owner, .flags = SP_GUARDED_ACTS, .entry = guard->entry};
            if (guard->flags & SP_GUARD_CHILDREN)
                task.flags |= SP_GUARDED_CHILDREN;
            bpf_map_update_elem(&guarded_tasks, &pid, &task, BPF_ANY);
            note_guarded_task(w, pid);
            struct task_struct *current = bpf_get_current_task_btf();
            guard_cgroups((__u64)BPF_CORE_READ(current, cgroups, dfl_cgrp, kn), guard->owner);
            return 0;
        }
        struct refused f = {.kind = SP_NOT_TRUSTED,
                            .operation = SP_OP_PROCESS_EXEC,
                            .owner = guard->owner,
                            .entry = guard->entry,
                            .detail = reason};
        report_refusal(w, &f);
    } else if (former && former->flags & SP_GUARDED_CHILDREN) {
        struct sp_guarded_task task = {.owner = former->owner, .flags = SP_GUARDED_CHILDREN, .entry = former->entry};
        bpf_map_update_elem(&guarded_tasks, &pid, &task, BPF_ANY);
        return 0;
    }
    if (former)
        bpf_map_delete_elem(&guarded_tasks, &pid);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(protect_fork, struct task_struct *parent, struct task_struct *child)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0;
    struct sp_guarded_task *own = guarded_task(w, parent->tgid);
    __u32 pid = child->pid;
    if (parent->tgid == INIT_PID && child->tgid == child->pid) {
        __u32 one = 1;
        bpf_map_update_elem(&init_children, &pid, &one, BPF_ANY);
    }
    if (!own || own->flags & SP_GUARDED_TRACE) {
        /* A thread that executes takes its leader's number: its own may be left here, and is somebody else's now. */
        if (may_be_guarded_task(w, pid))
            bpf_map_delete_elem(&guarded_tasks, &pid);
        return 0;
    }
    struct sp_guarded_task task = *own;
    note_guarded_task(w, pid);
    bpf_map_update_elem(&guarded_tasks, &pid, &task, BPF_ANY);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(protect_exit, struct task_struct *task)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0;
    __u32 pid = task->pid, leader = task->tgid;
    /* A leader that has ended stays the process's number as long as a thread lives. */
    if (pid != leader && may_be_guarded_task(w, pid))
        bpf_map_delete_elem(&guarded_tasks, &pid);
    if (task->signal->live.counter)
        return 0;
    if (may_be_guarded_task(w, leader))
        bpf_map_delete_elem(&guarded_tasks, &leader);
    if (has_init_as_parent(task))
        bpf_map_delete_elem(&init_children, &leader);
    return 0;
}

/* It isn't protected any more either: nobody else could end it. */
static __always_inline void lose_rights(struct sp_protection *w, __u32 pid, struct sp_guarded_task *own, __u64 dentry,
                                        __u64 inode)
{
    struct refused f = {.kind = SP_LOST_RIGHTS,
                        .operation = SP_OP_IMAGE_LOAD,
                        .owner = own->owner,
                        .entry = own->entry,
                        .dentry = dentry,
                        .inode = inode};
    bpf_map_delete_elem(&guarded_tasks, &pid);
    report_refusal(w, &f);
}

/* A process that acts for an owner has code mapped: unless it is the owner's or a registered library it acts no more. */
static __always_inline void judge_code(struct sp_protection *w, struct file *file)
{
    __u32 pid = current_pid();
    struct sp_guarded_task *own = guarded_task(w, pid);
    if (!own || !(own->flags & SP_GUARDED_ACTS))
        return;
    struct place place = {};
    if (is_guarded(w, file->f_path.dentry, SP_GUARD_LIBRARY | SP_GUARD_EXECUTABLE | SP_GUARD_TREE, &place)) {
        struct sp_guard *guard = guard_of(w, file->f_inode);
        if (place.owner == own->owner || (guard && guard->flags & SP_GUARD_LIBRARY))
            return;
    }
    lose_rights(w, pid, own, address_of(file->f_path.dentry), address_of(file->f_inode));
}

/* The same of memory without a file: code that somebody wrote there. */
static __always_inline void judge_memory(struct sp_protection *w)
{
    __u32 pid = current_pid();
    struct sp_guarded_task *own = guarded_task(w, pid);
    if (own && own->flags & SP_GUARDED_ACTS)
        lose_rights(w, pid, own, 0, 0);
}

SEC("lsm/mmap_file")
int BPF_PROG(protect_map, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC))
        return 0; /* data */
    /* As a number, too: see image_load. */
    __u64 address = address_of(file);
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    if (!address || !file)
        judge_memory(w);
    else
        judge_code(w, file);
    return 0; /* it may: it just isn't its owner's any more */
}

SEC("lsm/file_mprotect")
int BPF_PROG(protect_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC) || vma->vm_flags & VM_EXEC)
        return 0; /* data, or judged before */
    struct file *file = vma->vm_file;
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    if (file)
        judge_code(w, file);
    else
        judge_memory(w);
    return 0; /* likewise */
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(protect_moved, struct cgroup *group, const char *path, struct task_struct *task)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0;
    struct sp_guarded_task *own = guarded_task(w, task->tgid);
    if (!own || own->flags & SP_GUARDED_TRACE)
        return 0;
    /* Where it is now is guarded as well, in whichever hierarchy: nobody freezes it there meanwhile. */
    guard_cgroups((__u64)BPF_CORE_READ(group, kn), own->owner);
    struct refused f = {.kind = SP_MOVED,
                        .operation = SP_OP_PROCESS_CONTROL,
                        .access = SP_ACCESS_CGROUP,
                        .owner = own->owner,
                        .entry = own->entry,
                        .task = address_of(task)};
    report_refusal(w, &f);
    return 0;
}
