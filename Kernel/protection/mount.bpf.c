/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mounts that cover, remove, move or narrow what is protected. What is mounted elsewhere, in namespaces of others, is
 * their own: what is protected is so by identity there, too.
 *
 *   lsm/sb_mount      a mount over it or above it, or a change of the one that it is on
 *   lsm/sb_umount     the mount that it is reached by
 *   lsm/sb_remount    its file system
 *   lsm/move_mount    a mount over it, or the one that it is reached by taken elsewhere
 *   lsm/sb_pivotroot  another root for everybody
 */

#define MS_REMOUNT 32ul
#define MS_BIND 4096ul
#define MS_MOVE 8192ul
#define MS_PROPAGATION (1ul << 17 | 1ul << 18 | 1ul << 19 | 1ul << 20)
#define MNT_SHARED 0x1000
#define T_SHARED 1

static __always_inline int refuse_mount(struct sp_protection *w, __u64 dentry, __u32 access)
{
    struct refused f = {.operation = SP_OP_FILE_MOUNT, .access = access, .owner = SP_OWNER_PLATFORM, .dentry = dentry};
    f.inode = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
    report_refusal(w, &f);
    return -EPERM;
}

static __always_inline bool is_guarded_mount(__u64 mount)
{
    return bpf_map_lookup_elem(&guarded_mounts, &mount) != 0;
}

static __always_inline bool is_guarded_device(__u32 device)
{
    return bpf_map_lookup_elem(&guarded_devices, &device) != 0;
}

/*
 * Whether what is done to a mount reaches the namespace that everybody lives in: because it is done there, or because the
 * mount is shared with one there. What a service has for itself alone is its own.
 */
static __always_inline bool reaches_everybody(struct sp_protection *w, __u64 vfsmount)
{
    struct task_struct *task = bpf_get_current_task_btf();
    if (BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == w->mount_namespace)
        return true;
    struct mount___6_17 *recent = (struct mount___6_17 *)(vfsmount - bpf_core_field_offset(struct mount, mnt));
    if (bpf_core_field_exists(recent->mnt_t_flags))
        return BPF_CORE_READ(recent, mnt_t_flags) & T_SHARED;
    return BPF_CORE_READ((struct vfsmount *)vfsmount, mnt_flags) & MNT_SHARED;
}

SEC("lsm/sb_mount")
int BPF_PROG(protect_mount, const char *source, const struct path *path, const char *type, unsigned long flags,
             void *data, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    /* The kernel looks at MS_REMOUNT and MS_BIND first. */
    if (!w || (flags & MS_PROPAGATION && !(flags & (MS_REMOUNT | MS_BIND))))
        return 0; /* covers nothing */
    struct dentry *dentry = path->dentry;
    __u64 mount = address_of(path->mnt);
    if (flags & MS_REMOUNT) {
        if (!is_guarded_mount(mount) || may_act(w, SP_OWNER_PLATFORM) || ends_machine(w))
            return 0; /* another mount */
        return refuse_mount(w, address_of(dentry), SP_ACCESS_REMOUNT);
    }
    if (!reaches_everybody(w, mount))
        return 0; /* a service's own */
    struct place place = {};
    /* Of a move the hook isn't told which mount is moved: where everybody lives, none is. */
    bool moves = flags & MS_MOVE;
    if ((!moves && !is_guarded(w, dentry, NAMED, &place)) || may_act(w, moves ? SP_OWNER_PLATFORM : place.owner) ||
        ends_machine(w))
        return 0; /* covers nothing guarded */
    return refuse_mount(w, address_of(dentry), moves ? SP_ACCESS_MOVE_MOUNT : SP_ACCESS_MOUNT);
}

/* Another namespace's copy of a mount that is shared takes the first one with it. */
SEC("lsm/sb_umount")
int BPF_PROG(protect_unmount, struct vfsmount *mnt, int flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    __u64 mount = address_of(mnt);
    bool is_one =
        is_guarded_mount(mount) || (is_guarded_mount(address_of(mnt->mnt_root)) && reaches_everybody(w, mount));
    if (!is_one || may_act(w, SP_OWNER_PLATFORM) || ends_machine(w))
        return 0; /* another mount */
    return refuse_mount(w, address_of(mnt->mnt_root), SP_ACCESS_UNMOUNT);
}

SEC("lsm/sb_remount")
int BPF_PROG(protect_remount, struct super_block *sb, void *options, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w || !is_guarded_device(sb->s_dev) || may_act(w, SP_OWNER_PLATFORM) || ends_machine(w))
        return 0; /* another file system */
    return refuse_mount(w, address_of(sb->s_root), SP_ACCESS_REMOUNT);
}

SEC("lsm/move_mount")
int BPF_PROG(protect_move_mount, const struct path *from, const struct path *to, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct place place = {};
    bool covers = reaches_everybody(w, address_of(to->mnt)) && is_guarded(w, to->dentry, NAMED, &place);
    if ((!covers && !is_guarded_mount(address_of(from->mnt))) || may_act(w, covers ? place.owner : SP_OWNER_PLATFORM))
        return 0; /* neither covers nor takes away */
    return refuse_mount(w, address_of(to->dentry), SP_ACCESS_MOVE_MOUNT);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(protect_pivot_root, const struct path *old, const struct path *new, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    struct task_struct *task = bpf_get_current_task_btf();
    if (!w || BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != w->mount_namespace || may_act(w, SP_OWNER_PLATFORM))
        return 0; /* a namespace of its own */
    return refuse_mount(w, address_of(new->dentry), SP_ACCESS_PIVOT_ROOT);
}
