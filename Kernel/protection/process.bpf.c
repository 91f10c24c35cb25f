/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one process does to another.
 *
 *   lsm/task_kill             signals, by whatever call
 *   lsm/file_send_sigiotask   signals that somebody had a descriptor send
 *   lsm/ptrace_access_check   tracing, memory, descriptors, namespaces by a pidfd; /proc is read as before, but for what shows
 *                             memory
 *   lsm/inode_follow_link     namespaces by /proc
 *   lsm/task_setnice, task_setioprio, task_setscheduler (and affinity), task_setrlimit, task_movememory
 */

#define NR_KCMP_32 349u
#define NR_PROCESS_MADVISE 440u
#define NR_IOCTL 16u
#define NR_IOCTL_32 54u
#define SIGNAL_INT 2
#define SIGNAL_TERM 15
#define SIGNAL_CONT 18

static __always_inline int refuse_task(struct sp_protection *w, struct sp_guarded_task *guard,
                                       struct task_struct *other, __u32 operation, __u32 access, __u32 way,
                                       __u32 signal)
{
    struct refused f = {.operation = operation,
                        .access = access,
                        .way = way,
                        .signal = signal,
                        .owner = guard->owner,
                        .entry = guard->entry,
                        .task = address_of(other)};
    report_refusal(w, &f);
    return -EPERM;
}

/* The guard of another process that the current one may not touch, or NULL. A macro's worth of checks for every hook. */
static __always_inline struct sp_guarded_task *foreign_guard(struct sp_protection *w, struct task_struct *other)
{
    struct sp_guarded_task *guard = guarded_task(w, other->tgid);
    if (!guard)
        return 0; /* nobody's: most tasks, by one bit */
    struct task_struct *current = bpf_get_current_task_btf();
    if (other->tgid == current->tgid || may_act(w, guard->owner))
        return 0; /* itself, or its owner */
    return guard;
}

/* Before the seal the service manager may ask a process to end, and root the platform. */
static __always_inline bool is_request_to_end(struct sp_protection *w, struct sp_guarded_task *guard, int sig)
{
    if (w->sealed || (sig != SIGNAL_TERM && sig != SIGNAL_INT && sig != SIGNAL_CONT))
        return false;
    return current_pid() == INIT_PID || (guard->owner == SP_OWNER_PLATFORM && (__u32)bpf_get_current_uid_gid() == 0);
}

SEC("lsm/task_kill")
int BPF_PROG(protect_signal, struct task_struct *p, void *info, int sig, void *cred, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct sp_guarded_task *guard = foreign_guard(w, p);
    if (!guard || !sig || guard->flags & SP_GUARDED_TRACE || is_request_to_end(w, guard, sig) || ends_machine(w))
        return 0; /* nobody's, or only asks whether it is there */
    return refuse_task(w, guard, p, SP_OP_PROCESS_SIGNAL, 0, 0, (sig & (SP_SIGNALS - 1)) + 1);
}

/* Runs in whatever context the descriptor became ready in: nobody is asked who that is. */
SEC("lsm/file_send_sigiotask")
int BPF_PROG(protect_sigio, struct task_struct *tsk, void *fown, int sig, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct sp_guarded_task *guard = guarded_task(w, tsk->tgid);
    if (!guard || guard->flags & SP_GUARDED_TRACE)
        return 0; /* nobody's */
    return refuse_task(w, guard, tsk, SP_OP_PROCESS_SIGNAL, 0, 0, ((sig ? sig : 29) & (SP_SIGNALS - 1)) + 1);
}

/* The system call's number, of whichever table. */
static __always_inline __u32 system_call_number(bool *is_32)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *r = (struct pt_regs *)bpf_task_pt_regs(task);
    *is_32 = task->thread_info.status & TS_COMPAT;
    return r->orig_ax;
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(protect_open, struct task_struct *child, unsigned int mode, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct sp_guarded_task *guard = foreign_guard(w, child);
    if (!guard && mode & PTRACE_MODE_ATTACH && is_init_child(child->tgid) && child->tgid != current_pid() &&
        !may_act(w, SP_OWNER_PLATFORM)) {
        struct sp_guarded_task forked = {.owner = SP_OWNER_PLATFORM};
        return refuse_task(w, &forked, child, SP_OP_PROCESS_OPEN, SP_ACCESS_ATTACH, SP_WAY_OTHER, 0);
    }
    if (!guard)
        return 0; /* nobody's */
    bool is_32 = false;
    __u32 number = system_call_number(&is_32);
    if (!(mode & PTRACE_MODE_ATTACH)) {
        /* /proc is read as before. Of calls that may be made on a process with the right to read, one is harmless. */
        /* Since 6.11 an ioctl of a pidfd opens a namespace by that right: no other ioctl asks for it. */
        bool opens = number == (is_32 ? NR_IOCTL_32 : NR_IOCTL);
        if (mode & PTRACE_MODE_FSCREDS && number != NR_PROCESS_MADVISE && !opens)
            return 0; /* reading stays possible */
        if (number == (is_32 ? NR_KCMP_32 : NR_KCMP))
            return 0; /* compares descriptors */
        if (guard->flags & SP_GUARDED_TRACE)
            return 0; /* process 1: setns, perf */
    }
    return refuse_task(w, guard, child, SP_OP_PROCESS_OPEN,
                       mode & PTRACE_MODE_ATTACH ? SP_ACCESS_ATTACH : SP_ACCESS_INSPECT, SP_WAY_OTHER, 0);
}

/* The task of a number, or 0: it has just ended. */
static __always_inline __u64 task_of(struct pid *pid)
{
    __u64 link = (__u64)BPF_CORE_READ(pid, tasks[0].first);
    return link ? link - bpf_core_field_offset(struct task_struct, pid_links) : 0;
}

static __always_inline bool is_in_namespaces(struct dentry *link)
{
    struct dentry *folder = (struct dentry *)address_of(link->d_parent);
    char name[2] = {};
    if (BPF_CORE_READ(folder, d_name.len) != sizeof(name))
        return false;
    bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(folder, d_name.name));
    return name[0] == 'n' && name[1] == 's';
}

/*
 * The links /proc/PID/ns/NAME, a thread's too, in whatever procfs: who follows one has the namespace, to enter it or to bind
 * it somewhere. What they read as (readlink) stays possible. The error is the kernel's own for it, which who looks at every
 * process (lsns) puts up with. Each link that is followed comes by here: most end at the first comparison.
 */
SEC("lsm/inode_follow_link")
int BPF_PROG(protect_namespaces, struct dentry *dentry, struct inode *inode, bool rcu, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (inode->i_sb->s_magic != PROC_SUPER_MAGIC)
        return 0; /* a link in a file system */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    __u64 address = address_of(inode);
    struct proc_inode *entry = (struct proc_inode *)(address - bpf_core_field_offset(struct proc_inode, vfs_inode));
    struct pid *pid = BPF_CORE_READ(entry, pid);
    if (!pid)
        return 0; /* no process's: /proc/self and its like */
    __u32 number = BPF_CORE_READ(pid, numbers[0].nr);
    struct sp_guarded_task *guard = guarded_task(w, number);
    if (!guard || guard->flags & SP_GUARDED_TRACE || !is_in_namespaces(dentry))
        return 0; /* nobody's, or no namespace */
    __u64 task = task_of(pid);
    __u32 acting = current_pid();
    if (!task || BPF_CORE_READ((struct task_struct *)task, tgid) == acting || acting == INIT_PID ||
        may_act(w, guard->owner))
        return 0; /* nobody any more, itself, the service manager, or its owner */
    refuse_task(w, guard, (struct task_struct *)task, SP_OP_PROCESS_OPEN, SP_ACCESS_INSPECT, SP_WAY_PROC, 0);
    return -EACCES;
}

#define CONTROL(other, kind)                                         \
    if (ret)                                                         \
        return ret; /* another module has refused: nothing to add */ \
    struct sp_protection *w = protection_words();                    \
    if (!w)                                                          \
        return 0; /* can't be */                                     \
    struct sp_guarded_task *guard = foreign_guard(w, other);         \
    if (!guard || guard->flags & SP_GUARDED_TRACE)                   \
        return 0; /* nobody's */                                     \
    return refuse_task(w, guard, other, SP_OP_PROCESS_CONTROL, kind, 0, 0)

SEC("lsm/task_setnice")
int BPF_PROG(protect_nice, struct task_struct *p, int nice, int ret)
{
    CONTROL(p, SP_ACCESS_PRIORITY);
}

SEC("lsm/task_setioprio")
int BPF_PROG(protect_ioprio, struct task_struct *p, int ioprio, int ret)
{
    CONTROL(p, SP_ACCESS_IO_PRIORITY);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(protect_scheduler, struct task_struct *p, int ret)
{
    CONTROL(p, SP_ACCESS_SCHEDULER);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(protect_limits, struct task_struct *p, unsigned int resource, struct rlimit *limit, int ret)
{
    CONTROL(p, SP_ACCESS_LIMITS);
}

SEC("lsm/task_movememory")
int BPF_PROG(protect_pages, struct task_struct *p, int ret)
{
    CONTROL(p, SP_ACCESS_MOVE_PAGES);
}
