/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.credentials: one program a hook.
 *
 *   lsm/task_fix_setuid, task_fix_setgid, task_fix_setgroups, capset   the system calls
 *   lsm/bprm_creds_from_file                                           an execution that gains something
 *
 * What changes nothing is no operation. Decided before it takes effect; a refusal makes the call fail.
 */

static __always_inline int credentials_decision(__u64 credentials, __u32 access)
{
    int concerned = concerns(SP_OP_PROCESS_CREDENTIALS);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_PROCESS_CREDENTIALS, concerned);
    if (!s)
        return without_memory(SP_OP_PROCESS_CREDENTIALS, concerned);
    s->attempt.access = access;
    s->attempt.credentials = credentials;
    return settle(s, 0);
}

static __always_inline bool same_users(struct cred *a, struct cred *b)
{
    return BPF_CORE_READ(a, uid.val) == BPF_CORE_READ(b, uid.val) &&
           BPF_CORE_READ(a, euid.val) == BPF_CORE_READ(b, euid.val) &&
           BPF_CORE_READ(a, suid.val) == BPF_CORE_READ(b, suid.val) &&
           BPF_CORE_READ(a, fsuid.val) == BPF_CORE_READ(b, fsuid.val);
}

static __always_inline bool same_groups(struct cred *a, struct cred *b)
{
    return BPF_CORE_READ(a, gid.val) == BPF_CORE_READ(b, gid.val) &&
           BPF_CORE_READ(a, egid.val) == BPF_CORE_READ(b, egid.val) &&
           BPF_CORE_READ(a, sgid.val) == BPF_CORE_READ(b, sgid.val) &&
           BPF_CORE_READ(a, fsgid.val) == BPF_CORE_READ(b, fsgid.val);
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(credentials_user, struct cred *new, struct cred *old, int flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (same_users(new, old))
        return 0; /* nothing changes */
    return credentials_decision(address_of(new), SP_ACCESS_USER);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(credentials_group, struct cred *new, struct cred *old, int flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (same_groups(new, old))
        return 0; /* nothing changes */
    return credentials_decision(address_of(new), SP_ACCESS_GROUP);
}

SEC("lsm/task_fix_setgroups")
int BPF_PROG(credentials_groups, struct cred *new, struct cred *old, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return credentials_decision(address_of(new), SP_ACCESS_GROUPS);
}

SEC("lsm/capset")
int BPF_PROG(credentials_capabilities, struct cred *new, struct cred *old, void *effective, void *inheritable,
             void *permitted, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (effective_capabilities(new) == effective_capabilities(old))
        return 0; /* nothing changes */
    return credentials_decision(address_of(new), SP_ACCESS_CAPABILITIES);
}

/* Runs after the kernel's own module has computed what the program gives. */
SEC("lsm/bprm_creds_from_file")
int BPF_PROG(credentials_exec, struct linux_binprm *bprm, struct file *file, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct task_struct *current = bpf_get_current_task_btf();
    struct cred *old = BPF_CORE_READ(current, cred), *new = bprm->cred;
    __u64 gained = effective_capabilities(new) & ~effective_capabilities(old);
    if (!gained && BPF_CORE_READ(new, euid.val) == BPF_CORE_READ(old, euid.val) &&
        BPF_CORE_READ(new, egid.val) == BPF_CORE_READ(old, egid.val))
        return 0; /* nothing is gained */
    return credentials_decision(address_of(new), SP_ACCESS_EXEC);
}
