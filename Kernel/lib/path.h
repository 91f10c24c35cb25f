/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A file's path, from the root of the mount namespace that it was opened in.
 *
 * Not bpf_d_path: that one stops at the caller's own root, so that a chroot hides where a file really lies; it isn't
 * available in every hook (file_mprotect); and it doesn't say why a path is no evidence. The walk goes up dentries and
 * mounts by hand. It takes no lock: rename_lock's and mount_lock's sequence counts tell whether any tree changed under
 * it, and then it walks again, until two walks in a row met the same dentries and names: renames elsewhere can't spoil
 * it. Who renames the very path all the time gets SP_PATH_RACED, and that is refused (decide.h).
 *
 * Fails to "unresolvable" in every case, which rules can name; never to a shortened or stale path.
 */
#ifndef SALLYPORT_PATH_H
#define SALLYPORT_PATH_H

#define PATH_END (PATH_BUFFER - 1)
#define MAX_COMPONENTS 4096 /* a path of 4,095 bytes has at most 2,047 components, and mounts between them */
#define MAX_WALKS 8

struct walk {
    char *buffer;
    struct {
        __u64 dentry;
        __u64 mount;
        __u64 mount_root;
        __u64 digest; /* over the dentries and names met, to compare two walks */
        __u32 offset;
        __u32 unresolvable;
    } at;
};

#define MIX(digest, value) (((digest) ^ (__u64)(value)) * 0x9e3779b97f4a7c15ull)

/* The sequence count of a seqlock at a constant address. Where the address isn't known (kptr_restrict), as though trees
 * changed all the time: nothing is kept, and every path takes two walks alike. */
static __always_inline __u32 sequence_of(__u64 lock)
{
    if (!lock)
        return (__u32)bpf_ktime_get_ns() << 1;
    __u32 sequence = 0;
    bpf_probe_read_kernel(&sequence, sizeof(sequence), (const void *)lock);
    return sequence;
}

static __always_inline __u64 mount_of(struct vfsmount *mnt)
{
    return mnt ? (__u64)mnt - bpf_core_field_offset(struct mount, mnt) : 0;
}

/* Whether a mount namespace is only the holder of a detached tree (open_tree, fsmount): three spellings in six years. */
static __always_inline bool is_anonymous(struct mnt_namespace *ns)
{
    struct mnt_namespace___7 *newest = (struct mnt_namespace___7 *)ns;
    struct mnt_namespace___6_18 *recent = (struct mnt_namespace___6_18 *)ns;
    if (bpf_core_field_exists(newest->is_anon))
        return BPF_CORE_READ(newest, is_anon);
    if (bpf_core_field_exists(ns->seq))
        return BPF_CORE_READ(ns, seq) == 0;
    if (bpf_core_field_exists(recent->ns.ns_id))
        return BPF_CORE_READ(recent, ns.ns_id) == 0;
    return true; /* a kernel that we don't know: no evidence rather than a wrong path */
}

/* What the root of the mount tree that the walk ended at says about the path. */
static __always_inline __u32 judge_namespace(struct mount *top)
{
    struct mnt_namespace *ns = BPF_CORE_READ(top, mnt_ns);
    if (!ns)
        return SP_PATH_DETACHED;
    if ((__u64)ns >= (__u64)-4095) /* MNT_NS_INTERNAL: kern_mount, overlay's private clones */
        return SP_PATH_ANONYMOUS;
    if (is_anonymous(ns))
        return SP_PATH_DETACHED;
    if (BPF_CORE_READ(ns, user_ns, level) != 0)
        return SP_PATH_PRIVATE_NAMESPACE;
    return SP_RESOLVED;
}

static long walk_step(__u32 index, struct walk *w)
{
    struct dentry *dentry = (struct dentry *)w->at.dentry;
    if (w->at.dentry == w->at.mount_root) {
        struct mount *mount = (struct mount *)w->at.mount;
        __u64 parent = (__u64)BPF_CORE_READ(mount, mnt_parent);
        if (!parent || parent == w->at.mount) {
            w->at.unresolvable = judge_namespace(mount);
            return 1;
        }
        w->at.dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
        w->at.mount = parent;
        w->at.mount_root = (__u64)BPF_CORE_READ((struct mount *)parent, mnt.mnt_root);
        w->at.digest = MIX(w->at.digest, w->at.dentry);
        return 0;
    }
    __u64 parent = (__u64)BPF_CORE_READ(dentry, d_parent);
    if (!parent || parent == w->at.dentry) { /* a root that isn't this mount's: no place in the tree */
        w->at.unresolvable = SP_PATH_ANONYMOUS;
        return 1;
    }
    __u32 length = BPF_CORE_READ(dentry, d_name.len);
    __u32 hash = BPF_CORE_READ(dentry, d_name.hash);
    const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
    if (length > 255 || length + 1 > w->at.offset) {
        w->at.unresolvable = SP_PATH_TOO_LONG;
        return 1;
    }
    __u32 offset = (w->at.offset - length - 1) & (PATH_BUFFER - 1);
    char *buffer = w->buffer;
    buffer[offset] = '/';
    if (length) {
        asm volatile("" : "+r"(length));
        length &= 255;
        bpf_probe_read_kernel(buffer + offset + 1, length, name);
    }
    w->at.offset = offset;
    w->at.dentry = parent;
    w->at.digest = MIX(MIX(w->at.digest, parent), (__u64)hash << 32 | offset);
    return 0;
}

/* SP_FILE_DELETED for a name that is gone; one that is about to be made has no inode. */
static __always_inline __u32 deleted_flag(struct dentry *dentry)
{
    bool gone = !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry &&
                BPF_CORE_READ(dentry, d_inode);
    return gone ? SP_FILE_DELETED : 0;
}

/* Resolves the place of `dentry_address` in the mount at `mnt_address` into s->path. `s` may be NULL. */
__noinline int resolve_place(struct scratch *s, __u64 mnt_address, __u64 dentry_address, struct resolved *out)
{
    if (!out)
        return 0;
    out->start = PATH_END;
    out->flags = 0;
    out->unresolvable = SP_PATH_NO_MEMORY;
    out->pad = 0;
    if (!s)
        return 0;
    struct dentry *dentry = (struct dentry *)dentry_address;
    struct vfsmount *mnt = (struct vfsmount *)mnt_address;
    out->unresolvable = SP_PATH_ANONYMOUS;
    if (!dentry || !mnt)
        return 0;
    out->flags = deleted_flag(dentry);
    s->path[PATH_END] = 0;
    s->steady = 0;
    struct walk w = {.buffer = s->path};
    __u64 previous = 0;
    for (int i = 0; i < MAX_WALKS; i++) {
        __u32 renames = sequence_of(config.rename_lock), mounts = sequence_of(config.mount_lock);
        w.at.dentry = (__u64)dentry;
        w.at.mount = mount_of(mnt);
        w.at.mount_root = (__u64)BPF_CORE_READ(mnt, mnt_root);
        w.at.offset = PATH_END;
        w.at.unresolvable = SP_PATH_TOO_LONG;
        w.at.digest = 1;
        forget(&w.at, sizeof(w.at));
        bpf_loop(MAX_COMPONENTS, walk_step, &w, 0);
        out->start = w.at.offset;
        out->unresolvable = w.at.unresolvable;
        /* While a change is being made (odd), two walks alike may both have seen its half: such a walk is like none.
         * Computed: each branch here is followed by the verifier in every round. */
        __u64 odd = (renames | mounts) & 1, seen = w.at.digest * 2 + odd * (2 * i + 1);
        __u64 changed = odd | (sequence_of(config.rename_lock) ^ renames) | (sequence_of(config.mount_lock) ^ mounts);
        asm volatile("" : "+r"(changed));
        s->renames = renames;
        s->mounts = mounts;
        s->steady = !changed;
        if (!changed || seen == previous)
            return 0;
        previous = seen;
    }
    out->unresolvable = SP_PATH_RACED;
    return 0;
}

static __always_inline void resolve_path(struct scratch *s, __u64 address, struct resolved *out)
{
    struct path *path = (struct path *)address;
    resolve_place(s, (__u64)BPF_CORE_READ(path, mnt), (__u64)BPF_CORE_READ(path, dentry), out);
}

struct mount_search {
    __u64 head; /* of the list, until 6.17 */
    struct {
        __u64 mount;
        __u64 found;
    } at;
};

static long mount_step(__u32 index, struct mount_search *search)
{
    struct mount *mount = (struct mount *)search->at.mount;
    struct mount___6_18 *recent = (struct mount___6_18 *)mount;
    if (!mount)
        return 1;
    if (BPF_CORE_READ(mount, mnt_ns) && judge_namespace(mount) == SP_RESOLVED) {
        search->at.found = (__u64)mount;
        return 1;
    }
    if (!bpf_core_field_exists(mount->mnt_instance)) {
        search->at.mount = (__u64)BPF_CORE_READ(recent, mnt_next_for_sb);
        return 0;
    }
    __u64 next = (__u64)BPF_CORE_READ(mount, mnt_instance.next);
    search->at.mount = next - bpf_core_field_offset(struct mount, mnt_instance);
    return next == search->head;
}

/*
 * Where hooks hand over a name without its mount: the first mount of the file system that is in a namespace of the
 * initial user's. (Through whichever mount it was reached, it is that file.) 0 if there is none.
 */
static __always_inline __u64 first_mount(struct dentry *dentry)
{
    struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
    struct super_block___6_18 *recent = (struct super_block___6_18 *)sb;
    struct mount_search search = {};
    if (bpf_core_field_exists(struct mount, mnt_instance)) {
        search.head = (__u64)sb + bpf_core_field_offset(struct super_block, s_mounts);
        search.at.mount = (__u64)BPF_CORE_READ(sb, s_mounts.next) - bpf_core_field_offset(struct mount, mnt_instance);
    } else {
        search.at.mount = (__u64)BPF_CORE_READ(recent, s_mounts);
    }
    forget(&search.at, sizeof(search.at));
    bpf_loop(256, mount_step, &search, 0);
    return search.at.found ? search.at.found + bpf_core_field_offset(struct mount, mnt) : 0;
}

/* Whether `file` is the inner half of a struct backing_file: the real file that an overlay's mapping holds (6.5). */
static __always_inline bool is_backing(struct file *file)
{
    __u32 flag = bpf_core_enum_value_exists(enum fsnotify_data_type, FSNOTIFY_EVENT_FILE_RANGE) ? FMODE_BACKING_6_14
                                                                                                : FMODE_BACKING_6_5;
    return bpf_core_type_exists(struct backing_file) && (BPF_CORE_READ(file, f_mode) & flag);
}

/* The dentry that the user opened `file` by: an overlay's mapping holds the file of one of its layers. */
static __always_inline struct dentry *shown_dentry(struct file *file)
{
    struct backing_file *backing = (struct backing_file *)file;
    return is_backing(file) ? BPF_CORE_READ(backing, user_path.dentry) : BPF_CORE_READ(file, f_path.dentry);
}

/* The address of the path that the user opened `file` by: an overlay's mapping holds the real file, with that beside it. */
static __always_inline __u64 shown_path(struct file *file)
{
    return (__u64)file + (is_backing(file) ? bpf_core_field_offset(struct backing_file, user_path)
                                           : bpf_core_field_offset(struct file, f_path));
}

static __always_inline void resolve_file(struct scratch *s, __u64 address, struct resolved *out)
{
    struct file *file = (struct file *)address;
    bool backing = is_backing(file);
    resolve_path(s, shown_path(file), out);
    /* Until 6.12 an overlay of an overlay tells its own place only to the outer one. There is a path, and it can't be had:
     * refused when a rule concerns it, as a path that is renamed all the time. */
    if (backing && out->unresolvable == SP_PATH_ANONYMOUS)
        out->unresolvable = SP_PATH_RACED;
}

static __always_inline bool is_shared_memory_name(struct dentry *dentry)
{
    char name[8] = {};
    bpf_probe_read_kernel(name, sizeof(name) - 1, BPF_CORE_READ(dentry, d_name.name));
    return !(name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':');
}

/* Identity and flags of a file, for rules and for the record. `r` holds what the walk saw. */
__noinline int describe_inode(__u64 address, struct resolved *r, struct sp_file *out)
{
    if (!r || !out)
        return 0;
    struct inode *inode = (struct inode *)address;
    if (!inode)
        return 0;
    __u32 mode = BPF_CORE_READ(inode, i_mode);
    __u32 flags = r->flags;
    unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);
    out->inode = BPF_CORE_READ(inode, i_ino);
    out->device = BPF_CORE_READ(inode, i_sb, s_dev);
    out->generation = BPF_CORE_READ(inode, i_generation);
    out->size = BPF_CORE_READ(inode, i_size);
    out->mode = mode;
    out->uid = BPF_CORE_READ(inode, i_uid.val);
    out->gid = BPF_CORE_READ(inode, i_gid.val);
    if (magic == TMPFS_MAGIC)
        flags |= SP_FILE_TMPFS;
    if ((magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC) && r->unresolvable == SP_PATH_ANONYMOUS)
        flags |= SP_FILE_MEMFD;
    if (magic == OVERLAYFS_SUPER_MAGIC) {
        flags |= SP_FILE_OVERLAY;
        /* struct ovl_inode is in a module that may not be loaded: its field __upperdentry follows the inode it holds
         * (6.1 … 7.2). */
        __u64 upper = 0;
        bpf_probe_read_kernel(&upper, sizeof(upper), (void *)(address + bpf_core_type_size(struct inode)));
        if (upper)
            flags |= SP_FILE_OVERLAY_UPPER;
    }
    if (mode & S_ISUID)
        flags |= SP_FILE_SETUID;
    if (mode & S_ISGID)
        flags |= SP_FILE_SETGID;
    if (mode & S_IWOTH)
        flags |= SP_FILE_WORLD_WRITABLE;
    out->flags = flags;
    return 0;
}

static __always_inline void describe_file(__u64 address, struct resolved *r, struct sp_file *out)
{
    struct file *file = (struct file *)address;
    describe_inode((__u64)BPF_CORE_READ(file, f_inode), r, out);
    if (is_backing(file))
        out->flags |= SP_FILE_OVERLAY;
}

/* Finds out the path of the attempt's object, for rules and for the report. */
static __always_inline void resolve_object(struct scratch *s)
{
    struct attempt *a = &s->attempt;
    a->path.start = PATH_END;
    a->path.flags = 0;
    a->path.unresolvable = SP_PATH_ANONYMOUS;
    a->resolved = 1;
    if (a->file)
        resolve_file(s, a->file, &a->path);
    else if (a->dentry)
        resolve_place(s, a->mnt ? a->mnt : first_mount((struct dentry *)a->dentry), a->dentry, &a->path);
}

#endif
