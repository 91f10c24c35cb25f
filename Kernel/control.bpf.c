/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Operations of one process on another: one program a hook.
 *
 *   lsm/ptrace_access_check     process.open, thread.open  every way in but one
 *   lsm/ptrace_traceme          process.open               a child hands itself over
 *   lsm/task_kill               process.signal
 *   lsm/task_setnice …          process.control
 *   tp_btf/cgroup_attach_task   process.control            reports a move to another cgroup
 *
 * A process's operations on itself, or a thread's on another of its process, are none.
 */

static __always_inline bool is_own(struct task_struct *task)
{
    struct task_struct *current = bpf_get_current_task_btf();
    return task->tgid == current->tgid;
}

/*
 * The system call that the current task is in: its number on x86-64, or 0 for one that isn't told apart. 32-bit ones have
 * other numbers and other registers, and x32's have a bit of their own: of them only what is harmless is known.
 */
static __always_inline __u32 system_call(struct pt_regs **regs)
{
    struct task_struct *task = bpf_get_current_task_btf();
    if (task->flags & PF_IO_WORKER)
        return NR_IO_URING_ENTER;
    struct pt_regs *r = (struct pt_regs *)bpf_task_pt_regs(task);
    __u32 number = r->orig_ax;
    if (!(task->thread_info.status & TS_COMPAT)) {
        *regs = r;
        return number;
    }
    switch (number) {
    case 3:
    case 145:
    case 180:
        return NR_READ;
    case 26:
        return NR_PTRACE;
    case 347:
        return NR_PROCESS_VM_READV;
    case 348:
        return NR_PROCESS_VM_WRITEV;
    case 349:
        return NR_KCMP;
    case NR_PIDFD_GETFD:
        return number;
    default:
        return 0;
    }
}

/*
 * Which of the ways in it is, and what is wanted: see the callers of ptrace_may_access and mm_access. What isn't known
 * to be less counts as the most that it may be.
 */
static __always_inline void tell_access(struct attempt *a, __u32 mode)
{
    struct pt_regs *regs = 0;
    __u32 number = system_call(&regs);
    a->access = mode & PTRACE_MODE_ATTACH ? SP_ACCESS_ATTACH : SP_ACCESS_INSPECT;
    a->way = SP_WAY_OTHER;
    switch (number) {
    case NR_PTRACE:
        a->way = SP_WAY_PTRACE;
        return;
    case NR_PROCESS_VM_READV:
        a->way = SP_WAY_VM_READ;
        a->access = SP_ACCESS_READ_MEMORY;
        return;
    case NR_PROCESS_VM_WRITEV:
        a->way = SP_WAY_VM_WRITE;
        a->access = SP_ACCESS_WRITE_MEMORY;
        return;
    case NR_PIDFD_GETFD:
        a->way = SP_WAY_PIDFD_GETFD;
        a->access = SP_ACCESS_GET_FD;
        return;
    case NR_KCMP:
        a->way = SP_WAY_KCMP;
        return;
    }
    if (!(mode & PTRACE_MODE_FSCREDS))
        return; /* a system call on processes that isn't told apart */
    /* By /proc/PID: with mode READ most of its files. With mode ATTACH, read: stack, syscall and the like; else mem. */
    a->way = number == NR_IO_URING_ENTER ? SP_WAY_IO_URING : SP_WAY_PROC;
    a->access = SP_ACCESS_INSPECT;
    if (!(mode & PTRACE_MODE_ATTACH) || number == NR_READ || number == NR_PREAD || number == NR_READV ||
        number == NR_PREADV || number == NR_PREADV2 || number == NR_SENDFILE || number == NR_SPLICE)
        return;
    /* Flags that lie in the caller's memory, or in a ring, are not to be trusted. */
    a->way = SP_WAY_PROC_MEM;
    a->access = SP_ACCESS_WRITE_MEMORY;
    if (regs && number == NR_OPEN && !(regs->si & O_ACCMODE))
        a->access = SP_ACCESS_READ_MEMORY;
    if (regs && number == NR_OPENAT && !(regs->dx & O_ACCMODE))
        a->access = SP_ACCESS_READ_MEMORY;
}

/* Fetching a task's storage takes the hook's own pointer to it. */
#define STORAGE_OF(other) bpf_task_storage_get(&subjects, other, 0, BPF_LOCAL_STORAGE_GET_F_CREATE)

SEC("lsm/ptrace_access_check")
int BPF_PROG(process_open, struct task_struct *child, unsigned int mode, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (is_own(child))
        return 0; /* itself: not an operation */
    __u32 operation = child->pid == child->tgid ? SP_OP_PROCESS_OPEN : SP_OP_THREAD_OPEN;
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(operation, concerned);
    if (!s)
        return without_memory(operation, concerned);
    s->attempt.task = address_of(child);
    tell_access(&s->attempt, mode);
    return settle(s, STORAGE_OF(child));
}

/* The caller asks to be traced by its parent: that is the subject, the caller the object. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(process_traceme, struct task_struct *parent, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct subject *of_parent = bpf_task_storage_get(&subjects, parent, 0, 0);
    int concerned = concerns_other(SP_OP_PROCESS_OPEN, address_of(parent), of_parent);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_PROCESS_OPEN, concerned);
    if (!s)
        return without_memory(SP_OP_PROCESS_OPEN, concerned);
    struct task_struct *current = bpf_get_current_task_btf();
    forget_subject(&s->spare[SP_SIDE_SUBJECT]);
    if (of_parent)
        inherit(of_parent, &s->spare[SP_SIDE_SUBJECT]);
    s->attempt.access = SP_ACCESS_ATTACH;
    s->attempt.way = SP_WAY_TRACEME;
    s->attempt.subject = address_of(parent);
    s->attempt.task = bpf_get_current_task();
    return settle(s, STORAGE_OF(current));
}

SEC("lsm/task_kill")
int BPF_PROG(process_signal, struct task_struct *p, void *info, int sig, void *cred, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (is_own(p))
        return 0; /* itself: not an operation */
    int concerned = concerns(SP_OP_PROCESS_SIGNAL);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_PROCESS_SIGNAL, concerned);
    if (!s)
        return without_memory(SP_OP_PROCESS_SIGNAL, concerned);
    s->attempt.signal = (sig & (SP_SIGNALS - 1)) + 1; /* 0 is a signal too */
    s->attempt.task = address_of(p);
    return settle(s, STORAGE_OF(p));
}

#define CONTROL(other, kind)                                             \
    if (ret)                                                             \
        return ret; /* another module has refused: nothing to add */     \
    if (is_own(other))                                                   \
        return 0; /* itself: not an operation */                         \
    int concerned = concerns(SP_OP_PROCESS_CONTROL);                     \
    if (!concerned)                                                      \
        return 0; /* nothing follows from it */                          \
    struct scratch *s = begin_attempt(SP_OP_PROCESS_CONTROL, concerned); \
    if (!s)                                                              \
        return without_memory(SP_OP_PROCESS_CONTROL, concerned);         \
    s->attempt.access = kind;                                            \
    s->attempt.task = address_of(other);                                 \
    return settle(s, STORAGE_OF(other))

SEC("lsm/task_setnice")
int BPF_PROG(control_nice, struct task_struct *p, int nice, int ret)
{
    CONTROL(p, SP_ACCESS_PRIORITY);
}

SEC("lsm/task_setioprio")
int BPF_PROG(control_ioprio, struct task_struct *p, int ioprio, int ret)
{
    CONTROL(p, SP_ACCESS_IO_PRIORITY);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(control_scheduler, struct task_struct *p, int ret)
{
    CONTROL(p, SP_ACCESS_SCHEDULER);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(control_limits, struct task_struct *p, unsigned int resource, struct rlimit *limit, int ret)
{
    CONTROL(p, SP_ACCESS_LIMITS);
}

SEC("lsm/task_movememory")
int BPF_PROG(control_pages, struct task_struct *p, int ret)
{
    CONTROL(p, SP_ACCESS_MOVE_PAGES);
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(control_cgroup, struct cgroup *group, const char *path, struct task_struct *task)
{
    if (!(runtime.notify >> SP_OP_PROCESS_CONTROL & 1))
        return 0;
    struct scratch *s = begin_attempt(SP_OP_PROCESS_CONTROL, CONCERNS_LISTENER);
    if (!s)
        return without_memory(SP_OP_PROCESS_CONTROL, CONCERNS_LISTENER);
    s->attempt.access = SP_ACCESS_CGROUP;
    s->attempt.rule = SP_NO_RULE;
    s->attempt.task = address_of(task);
    s->attempt.name = (__u64)path;
    report(s);
    give_scratch(s->slot);
    return 0;
}
