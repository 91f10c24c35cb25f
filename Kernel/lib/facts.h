/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts of a process: what its sets are computed from, and what tells that they still hold. */
#ifndef SALLYPORT_FACTS_H
#define SALLYPORT_FACTS_H

static __always_inline __u64 effective_capabilities(struct cred *cred)
{
    struct cred___6_1 *old = (struct cred___6_1 *)cred;
    if (bpf_core_field_exists(old->cap_effective.cap)) /* two words until 6.2, one u64 since 6.3 */
        return (__u64)BPF_CORE_READ(old, cap_effective.cap[1]) << 32 | BPF_CORE_READ(old, cap_effective.cap[0]);
    return BPF_CORE_READ(cred, cap_effective.val);
}

#define MAX_GROUPS 256 /* of a process's supplementary groups: later ones aren't looked at */

struct group_walk {
    struct sp_policy_tables *tables;
    __u64 groups; /* address of group_info.gid */
    struct {
        __u64 digest;
        __u64 lists;
    } at;
};

static long group_digest_step(__u32 index, struct group_walk *w)
{
    __u32 gid = 0;
    bpf_probe_read_kernel(&gid, sizeof(gid), (void *)(w->groups + index * 4));
    w->at.digest = MIX(w->at.digest, gid);
    return 0;
}

static __always_inline __u32 group_count(struct group_info *groups)
{
    __u32 count = groups ? BPF_CORE_READ(groups, ngroups) : 0;
    return count > MAX_GROUPS ? MAX_GROUPS : count;
}

static __always_inline __u64 digest_of_groups(struct cred *cred)
{
    struct group_info *groups = BPF_CORE_READ(cred, group_info);
    struct group_walk w = {.groups = (__u64)groups + bpf_core_field_offset(struct group_info, gid),
                           .at.digest = BPF_CORE_READ(cred, egid.val)};
    forget(&w.at, sizeof(w.at));
    bpf_loop(group_count(groups), group_digest_step, &w, 0);
    return w.at.digest;
}

static __always_inline __u32 used_fields(struct sp_policy_tables *t, __u32 side)
{
    return t->used >> (side * 8) & (0xffu << 16);
}

/* The facts of the task at `address`, as far as rules ask for them. */
__noinline int gather_facts(struct sp_policy_tables *t, __u64 address, __u32 side, struct process_facts *f)
{
    if (!t || !f)
        return 0;
    struct task_struct *task = (struct task_struct *)address;
    struct cred *cred = BPF_CORE_READ(task, cred);
    f->used = used_fields(t, side & 1);
    f->exec_count = BPF_CORE_READ(task, self_exec_id);
    f->cgroup = f->used & (SP_USED_CGROUP | SP_USED_CONTAINER) ? BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id) : 0;
    f->uid = f->used & SP_USED_USER ? BPF_CORE_READ(cred, euid.val) : 0;
    f->capabilities = f->used & SP_USED_LISTS ? effective_capabilities(cred) : 0;
    f->groups = f->used & SP_USED_LISTS ? digest_of_groups(cred) : 0;
    return 0;
}

#define SETS_VALID 0xffffffffu

/* Why kept sets don't hold any more (enum sp_invalidation), or SETS_VALID. */
static __always_inline __u32 staleness(struct sp_policy_tables *t, struct process_sets *sets, struct process_facts *f)
{
    if (sets->generation != t->generation)
        return sets->generation ? SP_INVALID_GENERATION : SP_INVALID_NEW;
    if (sets->exec_count != f->exec_count)
        return SP_INVALID_EXECUTION;
    if (sets->uid != f->uid || sets->capabilities != f->capabilities || sets->groups != f->groups)
        return SP_INVALID_CREDENTIALS;
    if (sets->cgroup != f->cgroup)
        return SP_INVALID_CGROUP;
    if ((f->used & SP_USED_EXE_DIGEST) && !sets->digest)
        return SP_INVALID_DIGEST; /* it wasn't known: ask again */
    return SETS_VALID;
}

#endif
