/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rights that each task should have: those that the last transition gave it which the kernel itself allowed.
 *
 *   lsm/bprm_committing_creds                                          an execution
 *   lsm/task_fix_setuid, task_fix_setgid, task_fix_setgroups, capset   the system calls
 *   lsm/task_alloc, task_free                                          a task has what its creator should have, until it ends
 *   fexit/commit_creds                                                 the transition takes place, or one that had no hook
 *   iter/task                                                          tasks that nothing is known of: as they are found;
 *                                                                      and what tasks act with while they wait
 *   integrity_credentials                                              compares for the daemon, task by task
 *
 * A hook says what may come; what comes is seen when commit_creds has done it, so that a call that fails behind the hook
 * changes nothing. What else commits (keyrings, security modules' labels, PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_SET_SECUREBITS,
 * unshare and setns of user namespaces, helpers of the kernel's) has no hook that sees the outcome, and is judged by rule: it
 * gives nothing that the task couldn't give itself. Fewer rights are never a finding.
 *
 * Kernel threads and those who act for others for a while (override_creds: overlays, nfsd, coredumps, io_uring) change
 * task->cred; task->real_cred stays, and is what is compared. task->cred is looked at when nothing of the kernel's overrides it:
 * where a process executes, forks or changes its rights, and while it waits in a system call that never does.
 *
 * By address in a hash and not in task storage: looking that up may fail on 6.1 for who is preempted (trylock), and a transition
 * that is missed would be a false finding. No room: the task isn't compared, and counted.
 */

#define CAP_SETPCAP 8
#define CAP_SYS_ADMIN 21
/* SECBIT_KEEP_CAPS, and those that anybody may set since 6.14 (SECURE_ALL_UNPRIVILEGED). */
#define SECUREBITS_FREE (1u << 4 | 0xf00u)
#define NAMESPACE_LEVELS 34 /* the kernel nests 32 */

struct credential_state {
    struct sp_rights now;
    struct sp_rights pending; /* what a hook has let pass */
    __u64 cred;               /* the address of the structure that `now` was taken from */
    __u32 has_pending;
    __u32 reported; /* the present break is known */
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1 << 17);
    __type(key, __u64);
    __type(value, struct credential_state);
} credentials SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_credential_words);
} credential_words SEC(".maps");

#define CAPABILITIES(to, cred, field) bpf_probe_read_kernel(&(to), sizeof(to), &(cred)->field)

static __noinline int take_credentials(struct sp_rights *to, __u64 address)
{
    struct cred *cred = (struct cred *)address;
    __u32 gids[16] = {};
    to->uid = BPF_CORE_READ(cred, uid.val);
    to->euid = BPF_CORE_READ(cred, euid.val);
    to->suid = BPF_CORE_READ(cred, suid.val);
    to->fsuid = BPF_CORE_READ(cred, fsuid.val);
    to->gid = BPF_CORE_READ(cred, gid.val);
    to->egid = BPF_CORE_READ(cred, egid.val);
    to->sgid = BPF_CORE_READ(cred, sgid.val);
    to->fsgid = BPF_CORE_READ(cred, fsgid.val);
    /* Eight bytes, whether one word (since 6.3) or two. */
    CAPABILITIES(to->permitted, cred, cap_permitted);
    CAPABILITIES(to->effective, cred, cap_effective);
    CAPABILITIES(to->inheritable, cred, cap_inheritable);
    CAPABILITIES(to->bounding, cred, cap_bset);
    CAPABILITIES(to->ambient, cred, cap_ambient);
    to->securebits = BPF_CORE_READ(cred, securebits);
    to->user_namespace = (__u64)BPF_CORE_READ(cred, user_ns);
    struct group_info *groups = BPF_CORE_READ(cred, group_info);
    to->groups = (__u64)groups;
    to->group_count = BPF_CORE_READ(groups, ngroups);
    __u32 bytes = to->group_count * 4;
    if (to->group_count > 16)
        bytes = sizeof(gids);
    asm volatile("" : "+r"(bytes));
    if (bytes <= sizeof(gids))
        bpf_probe_read_kernel(gids, bytes, &groups->gid);
    __u64 mix = 0;
#pragma unroll
    for (int i = 0; i < 16; i++)
        mix = (mix ^ gids[i]) * 0x9e3779b97f4a7c15ull;
    to->groups_mix = mix;
    return 0;
}

static __always_inline bool same_ids(const struct sp_rights *a, const struct sp_rights *b)
{
    return a->uid == b->uid && a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid && a->gid == b->gid &&
           a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid && a->groups == b->groups &&
           a->group_count == b->group_count && a->groups_mix == b->groups_mix;
}

/*
 * Whether a task with rights `from` may enter a user namespace, and so have all capabilities there: by unshare, clone or
 * setns. It is what cap_capable asks for CAP_SYS_ADMIN.
 */
static __always_inline bool may_enter(const struct sp_rights *from, __u64 namespace)
{
    struct user_namespace *n = (struct user_namespace *)namespace;
#pragma clang loop unroll(disable)
    for (int level = 0; level < NAMESPACE_LEVELS; level++) {
        if (!n)
            return false;
        if ((__u64)n == from->user_namespace)
            return from->effective >> CAP_SYS_ADMIN & 1;
        struct user_namespace *parent = BPF_CORE_READ(n, parent);
        if ((__u64)parent == from->user_namespace && BPF_CORE_READ(n, owner.val) == from->euid)
            return true;
        n = parent;
    }
    return false;
}

/* Whether `to` is no more than what a task with rights `from` has or may give itself without a hook that says so. */
static __noinline int follows(const struct sp_rights *from, const struct sp_rights *to)
{
    if (!same_ids(from, to))
        return 0;
    if (from->user_namespace != to->user_namespace)
        return may_enter(from, to->user_namespace);
    __u32 bits = from->securebits ^ to->securebits;
    if (bits & ~SECUREBITS_FREE && !(from->effective >> CAP_SETPCAP & 1))
        return 0;
    __u64 more = (to->permitted & ~from->permitted) | (to->effective & ~from->effective) |
                 (to->inheritable & ~from->inheritable) | (to->bounding & ~from->bounding) |
                 (to->ambient & ~(from->ambient | (from->permitted & from->inheritable)));
    return more == 0;
}

static __always_inline bool is_legitimate(struct credential_state *s, const struct sp_rights *found)
{
    /* Pending: commit_creds has given it this moment, or its end was missed (fexit isn't run for who is preempted in it). */
    return follows(&s->now, found) || (s->has_pending && follows(&s->pending, found));
}

static __always_inline struct sp_credential_words *credential_memory(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&credential_words, &zero);
}

static __always_inline void describe(struct sp_credential_break *b, struct credential_state *s,
                                     const struct sp_rights *found, __u64 address, __u32 way)
{
    struct task_struct *task = (struct task_struct *)address;
    b->time = bpf_ktime_get_boot_ns();
    b->task = address;
    b->pid = BPF_CORE_READ(task, pid);
    b->tgid = BPF_CORE_READ(task, tgid);
    b->way = way;
    b->pad = 0;
    bpf_probe_read_kernel(b->comm, sizeof(b->comm), &task->comm);
    b->expected = s->now;
    b->found = *found;
}

/* Told once, however often it is noticed: until the task has again what it should have. */
static __noinline int report_break(struct credential_state *s, const struct sp_rights *found, __u64 task, __u32 way)
{
    struct sp_credential_words *w = credential_memory();
    if (!w || s->reported)
        return 0;
    s->reported = 1;
    __u64 number = __sync_fetch_and_add(&w->breaks, 1);
    struct sp_credential_break *b = &w->passing[number % SP_CREDENTIAL_BREAKS];
    b->number = 0;
    describe(b, s, found, task, way);
    b->number = number + 1;
    return 0;
}

static __always_inline struct credential_state *state_of(__u64 task)
{
    return bpf_map_lookup_elem(&credentials, &task);
}

/* Takes a task as it is, unless something is known of it. 1: taken. */
static __noinline int adopt(__u64 address)
{
    struct task_struct *task = (struct task_struct *)address;
    struct credential_state s = {.cred = (__u64)BPF_CORE_READ(task, real_cred)};
    take_credentials(&s.now, s.cred);
    if (bpf_map_update_elem(&credentials, &address, &s, BPF_NOEXIST) == 0)
        return 1;
    struct sp_credential_words *w = credential_memory();
    if (w && !state_of(address))
        __sync_fetch_and_add(&w->unnoted, 1);
    return 0;
}

/* Whether the current task has what it should have. Its `now` is what it has then. */
static __always_inline bool is_in_order(struct credential_state *s, struct task_struct *task, __u32 way)
{
    struct sp_rights found;
    __u64 own = (__u64)task->real_cred, acting = (__u64)task->cred;
    take_credentials(&found, own);
    bool legitimate = is_legitimate(s, &found);
    if (legitimate) {
        s->now = found;
        s->cred = own;
        s->has_pending = 0;
        if (own != acting) {
            take_credentials(&found, acting);
            legitimate = follows(&s->now, &found);
        }
    }
    if (legitimate)
        s->reported = 0;
    else
        report_break(s, &found, (__u64)task, way);
    return legitimate;
}

/* A transition that the kernel has allowed so far. */
static __always_inline int allow_transition(__u64 to, __u32 way)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct credential_state *s = state_of((__u64)task);
    if (!s) {
        adopt((__u64)task);
        s = state_of((__u64)task);
    }
    if (!s)
        return 0; /* no room: counted */
    /* Whoever has rights that it shouldn't have makes nothing legitimate by going on from there. */
    if (is_in_order(s, task, way)) {
        take_credentials(&s->pending, to);
        s->has_pending = 1;
    }
    return 0;
}

SEC("lsm/bprm_committing_creds")
int BPF_PROG(credentials_exec_commits, struct linux_binprm *bprm)
{
    return allow_transition((__u64)bprm->cred, SP_CREDENTIALS_EXEC);
}

/* These run behind the kernel's own module, which sets the capabilities; another one's refusal ends it. */
#define TRANSITION(new)                                             \
    if (ret)                                                        \
        return ret; /* another module has refused: nothing comes */ \
    return allow_transition((__u64)(new), SP_CREDENTIALS_CHANGE)

SEC("lsm/task_fix_setuid")
int BPF_PROG(credentials_setuid, struct cred *new, struct cred *old, int flags, int ret)
{
    TRANSITION(new);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(credentials_setgid, struct cred *new, struct cred *old, int flags, int ret)
{
    TRANSITION(new);
}

SEC("lsm/task_fix_setgroups")
int BPF_PROG(credentials_setgroups, struct cred *new, struct cred *old, int ret)
{
    TRANSITION(new);
}

SEC("lsm/capset")
int BPF_PROG(credentials_capset, struct cred *new, struct cred *old, void *effective, void *inheritable,
             void *permitted, int ret)
{
    TRANSITION(new);
}

SEC("fexit/commit_creds")
int BPF_PROG(credentials_commit, struct cred *new)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct credential_state *s = state_of((__u64)task);
    if (s)
        is_in_order(s, task, SP_CREDENTIALS_COMMIT);
    else
        adopt((__u64)task);
    return 0;
}

SEC("lsm/task_alloc")
int BPF_PROG(credentials_fork, struct task_struct *child, unsigned long clone_flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: there is no child */
    struct task_struct *parent = bpf_get_current_task_btf();
    struct credential_state *s = state_of((__u64)parent);
    if (!s)
        return 0; /* the child is taken as it is found */
    __u64 address = (__u64)child, cred = (__u64)parent->real_cred;
    /* A fork is frequent: what was written into the same structure is left to the next look, at the child as well. */
    bool in_order = cred == s->cred && cred == (__u64)parent->cred;
    if (!in_order)
        in_order = is_in_order(s, parent, SP_CREDENTIALS_FORK);
    struct credential_state own = {.now = s->now, .cred = (__u64)child->real_cred, .reported = s->reported};
    /* They act for a ring's owner from the start, and never leave the kernel. */
    if (in_order && child->flags & (PF_IO_WORKER | PF_USER_WORKER))
        take_credentials(&own.now, (__u64)child->real_cred);
    if (bpf_map_update_elem(&credentials, &address, &own, BPF_ANY)) {
        struct sp_credential_words *w = credential_memory();
        if (w)
            __sync_fetch_and_add(&w->unnoted, 1);
    }
    return 0; /* nothing is refused here */
}

SEC("lsm/task_free")
int BPF_PROG(credentials_end, struct task_struct *task)
{
    __u64 address = (__u64)task;
    bpf_map_delete_elem(&credentials, &address);
    return 0;
}

/* System calls that wait and never act with other rights than the caller's; x86-64's numbers. */
static __always_inline bool only_waits(__u64 number)
{
    switch (number) {
    case 7:   /* poll */
    case 23:  /* select */
    case 34:  /* pause */
    case 35:  /* nanosleep */
    case 43:  /* accept */
    case 45:  /* recvfrom */
    case 47:  /* recvmsg */
    case 61:  /* wait4 */
    case 128: /* rt_sigtimedwait */
    case 130: /* rt_sigsuspend */
    case 202: /* futex */
    case 219: /* restart_syscall: one of these goes on */
    case 230: /* clock_nanosleep */
    case 232: /* epoll_wait */
    case 247: /* waitid */
    case 270: /* pselect6 */
    case 271: /* ppoll */
    case 281: /* epoll_pwait */
    case 288: /* accept4 */
    case 299: /* recvmmsg */
    case 441: /* epoll_pwait2 */
        return true;
    default:
        return false;
    }
}

static __always_inline bool waits_plainly(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
    if (!task->__state || task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) ||
        task->thread_info.status & TS_COMPAT)
        return false;
    struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(task);
    return only_waits(registers->orig_ax);
#else
    return false;
#endif
}

static __always_inline void tell_mismatch(struct sp_credential_words *w, struct credential_state *s,
                                          const struct sp_rights *found, __u64 task)
{
    __u32 slot = w->mismatched++;
    asm volatile("" : "+r"(slot));
    if (slot < SP_CREDENTIAL_MISMATCHES)
        describe(&w->mismatch[slot], s, found, task, SP_CREDENTIALS_LOOK);
}

SEC("iter/task")
int credentials_adopt(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    struct sp_credential_words *w = credential_memory();
    if (!task || !w)
        return 0; /* the end */
    struct credential_state *s = state_of((__u64)task);
    if (!s) {
        w->adopted += adopt((__u64)task);
        return 0;
    }
    __u64 acting = (__u64)task->cred;
    if (acting == (__u64)task->real_cred || !acting || !waits_plainly(task))
        return 0; /* as most are, or it may be the kernel's doing */
    struct sp_rights found;
    take_credentials(&found, acting);
    if (!is_legitimate(s, &found))
        tell_mismatch(w, s, &found, (__u64)task);
    return 0;
}

static long compare_step(__u32 index, void *unused)
{
    struct sp_credential_words *w = credential_memory();
    if (!w || index >= SP_CREDENTIAL_TASKS)
        return 1; /* can't be */
    __u64 address = w->tasks[index];
    struct credential_state *s = state_of(address);
    if (!s)
        return 0; /* it has ended */
    struct task_struct *task = (struct task_struct *)address;
    struct sp_rights found;
    __u64 own = (__u64)BPF_CORE_READ(task, real_cred);
    if (!own)
        return 0; /* just now */
    take_credentials(&found, own);
    w->compared++;
    if (!is_legitimate(s, &found))
        tell_mismatch(w, s, &found, address);
    return 0;
}

SEC("syscall")
int integrity_credentials(void *context)
{
    struct sp_credential_words *w = credential_memory();
    if (!w)
        return 1; /* can't be */
    w->compared = 0;
    w->mismatched = 0;
    __u32 count = w->count;
    bpf_loop(count < SP_CREDENTIAL_TASKS ? count : SP_CREDENTIAL_TASKS, compare_step, 0, 0);
    return 0;
}
