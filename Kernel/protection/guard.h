/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a file or directory is guarded: itself, or by a directory above it. Nothing is looked at on a file system where
 * nothing is guarded. Elsewhere a step up costs three loads and a bit where no tree is guarded by that inode number,
 * modulo 65,536; the look-up comes after that.
 *
 * No lock: a directory with a protected tree above it can't be moved out by anybody but the owner, and what is moved
 * while it is looked at lies in either place. Walks end at the file system's root, not at the mount's.
 */
#ifndef SALLYPORT_PROTECTION_GUARD_H
#define SALLYPORT_PROTECTION_GUARD_H

#define NEAR_LEVELS 16
#define FAR_LEVELS 2048

struct place {
    __u64 entry;
    __u32 owner;
    __u32 levels;
};

static __always_inline bool may_be_guarded(struct sp_protection *w, __u64 number)
{
    __u32 bit = number & (SP_INODE_FILTER - 1);
    return w->inode_filter[bit / 64] >> (bit & 63) & 1;
}

static __always_inline bool may_hold_guarded(struct sp_protection *w, __u32 device)
{
    __u32 bit = device & (SP_DEVICE_FILTER - 1);
    return w->device_filter[bit / 64] >> (bit & 63) & 1;
}

static __always_inline struct sp_guard *look_up_guard(__u64 number, __u32 device, __u32 generation)
{
    struct sp_guard_key key = {.inode = number, .device = device, .generation = generation};
    return bpf_map_lookup_elem(&guarded, &key);
}

static __always_inline struct sp_guard *guard_of(struct sp_protection *w, struct inode *inode)
{
    __u64 number = inode->i_ino;
    if (!may_be_guarded(w, number))
        return 0;
    return look_up_guard(number, inode->i_sb->s_dev, inode->i_generation);
}

/* The guard of a directory's tree: most directories above a guarded place have a guard, of their names only. */
static __always_inline struct sp_guard *tree_guard_of(struct sp_protection *w, struct inode *directory)
{
    __u64 number = directory->i_ino;
    __u32 bit = number & (SP_INODE_FILTER - 1);
    if (!(w->tree_filter[bit / 64] >> (bit & 63) & 1))
        return 0;
    struct sp_guard *guard = look_up_guard(number, directory->i_sb->s_dev, directory->i_generation);
    return guard && guard->flags & SP_GUARD_TREE ? guard : 0;
}

struct far_walk {
    struct {
        __u64 dentry;
        __u64 entry;
        __u32 owner;
        __u32 levels;
        __u32 found;
        __u32 at_root;
    } at;
};

static long far_step(__u32 index, struct far_walk *f)
{
    struct dentry *d = (struct dentry *)f->at.dentry;
    struct inode *inode = BPF_CORE_READ(d, d_inode);
    struct sp_guard *guard = look_up_guard(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev),
                                           BPF_CORE_READ(inode, i_generation));
    if (guard && guard->flags & SP_GUARD_TREE) {
        f->at.entry = guard->entry;
        f->at.owner = guard->owner;
        f->at.found = 1;
        return 1;
    }
    __u64 parent = (__u64)BPF_CORE_READ(d, d_parent);
    if (!parent || parent == f->at.dentry) {
        f->at.at_root = 1;
        return 1;
    }
    f->at.dentry = parent;
    f->at.levels++;
    return 0;
}

/* Directories from the sixteenth on: looked up each, as that deep hardly anything lies. 1: guarded. */
static __noinline int walk_far(struct place *out, __u64 dentry)
{
    struct far_walk f = {.at.dentry = dentry, .at.levels = NEAR_LEVELS};
    bpf_probe_read_kernel(&f.at, sizeof(f.at), &f.at); /* see `forget` in lib/maps.h */
    bpf_loop(FAR_LEVELS, far_step, &f, 0);
    out->entry = f.at.entry;
    out->owner = f.at.found ? f.at.owner : SP_OWNER_PLATFORM;
    out->levels = f.at.levels;
    return f.at.found || !f.at.at_root; /* too deep to tell: guarded */
}

/* Whether what lies at `d`, or would, is guarded in one of the ways `flags` itself, or by a tree. */
static __always_inline bool is_guarded(struct sp_protection *w, struct dentry *d, __u32 flags, struct place *out)
{
    if (!may_hold_guarded(w, d->d_sb->s_dev))
        return false; /* a file system without anything guarded */
    struct inode *inode = d->d_inode;
    struct sp_guard *guard = inode ? guard_of(w, inode) : 0; /* none of a new name */
    if (guard && guard->flags & flags) {
        out->owner = guard->owner;
        out->entry = guard->entry;
        return true;
    }
#pragma clang loop unroll(disable)
    for (int level = 1; level <= NEAR_LEVELS; level++) {
        struct dentry *parent = d->d_parent;
        if (parent == d) {
            if (d == d->d_sb->s_root)
                return false;
            /* Opened by a handle, and not connected: nobody can say what it lies below. */
            __u32 device = d->d_sb->s_dev;
            __u32 *known = bpf_map_lookup_elem(&guarded_devices, &device);
            out->owner = SP_OWNER_PLATFORM;
            out->levels = level - 1;
            return known && *known & SP_DEVICE_TREES;
        }
        d = parent;
        guard = tree_guard_of(w, d->d_inode);
        if (guard) {
            out->owner = guard->owner;
            out->entry = guard->entry;
            out->levels = level;
            return true;
        }
    }
    return walk_far(out, address_of(d));
}

/* Refuses to others what concerns a guarded place that was found. */
static __always_inline int found_decision(struct sp_protection *w, struct place *place, __u32 operation, __u32 access,
                                          struct dentry *dentry)
{
    if (may_act(w, place->owner))
        return 0; /* its owner */
    struct refused f = {.operation = operation,
                        .access = access,
                        .owner = place->owner,
                        .levels = place->levels,
                        .entry = place->entry,
                        .dentry = address_of(dentry),
                        .inode = address_of(dentry->d_inode)};
    report_refusal(w, &f);
    return -EPERM;
}

/* Likewise, of a place that may be one. */
static __always_inline int place_decision(__u32 operation, __u32 access, struct dentry *dentry, __u32 flags)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be: the map has its one value */
    struct place place = {};
    if (!is_guarded(w, dentry, flags, &place))
        return 0; /* nobody's */
    return found_decision(w, &place, operation, access, dentry);
}

#endif
