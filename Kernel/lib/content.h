/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file's content: which it is, and what is known of it. */
#ifndef SALLYPORT_CONTENT_H
#define SALLYPORT_CONTENT_H

#define CTIME_QUERIED (1u << 31) /* a flag in the nanoseconds since 6.13: somebody has asked for the time */

/* Which content of which file; see struct sp_content. */
static __always_inline void content_of(struct inode *inode, struct sp_content *out)
{
    struct inode___6_1 *old = (struct inode___6_1 *)inode;
    struct inode___6_6 *middle = (struct inode___6_6 *)inode;
    out->inode = BPF_CORE_READ(inode, i_ino);
    out->size = BPF_CORE_READ(inode, i_size);
    out->device = BPF_CORE_READ(inode, i_sb, s_dev);
    out->generation = BPF_CORE_READ(inode, i_generation);
    out->pad = 0;
    if (bpf_core_field_exists(inode->i_ctime_sec)) {
        out->change_seconds = BPF_CORE_READ(inode, i_ctime_sec);
        out->change_nanoseconds = BPF_CORE_READ(inode, i_ctime_nsec) & ~CTIME_QUERIED;
    } else if (bpf_core_field_exists(middle->__i_ctime)) {
        out->change_seconds = BPF_CORE_READ(middle, __i_ctime.tv_sec);
        out->change_nanoseconds = BPF_CORE_READ(middle, __i_ctime.tv_nsec);
    } else {
        out->change_seconds = BPF_CORE_READ(old, i_ctime.tv_sec);
        out->change_nanoseconds = BPF_CORE_READ(old, i_ctime.tv_nsec);
    }
}

/* The digest of the file's content, if anybody knows it and nobody has it open for writing. */
static __always_inline struct sp_content_digest *digest_of(__u64 inode_address)
{
    struct inode *inode = (struct inode *)inode_address;
    struct sp_content content = {};
    if (!inode || BPF_CORE_READ(inode, i_writecount.counter) > 0)
        return 0;
    content_of(inode, &content);
    struct sp_content_digest *known = bpf_map_lookup_elem(&content_digests, &content);
    if (known)
        return known;
    content.pad = (__u32)bpf_get_current_pid_tgid(); /* taken just now, for this thread (digest.bpf.c) */
    return bpf_map_lookup_elem(&content_digests, &content);
}

#endif
