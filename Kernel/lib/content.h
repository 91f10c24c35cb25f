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

/* Whether the file has a content that a digest can be of: a regular file that nobody has open for writing. */
static __always_inline bool has_content(struct inode *inode, struct sp_content *out)
{
    if (!inode || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG || BPF_CORE_READ(inode, i_writecount.counter) > 0)
        return false;
    content_of(inode, out);
    return true;
}

/* The digest of the content, if anybody knows it; one that holds for this thread alone leaves its number in `pad`. */
static __always_inline struct sp_content_digest *digest_of(struct sp_content *content)
{
    struct sp_content_digest *known = bpf_map_lookup_elem(&content_digests, content);
    if (known)
        return known;
    content->pad = (__u32)bpf_get_current_pid_tgid(); /* taken just now (digest.bpf.c) */
    known = bpf_map_lookup_elem(&content_digests, content);
    if (!known)
        content->pad = 0;
    return known;
}

#define REQUEST_INTERVAL_NS 1000000000ull

/* File systems that answer when they like: reading one would hold up all others' digests. */
static __always_inline bool is_remote(struct inode *inode)
{
    switch (BPF_CORE_READ(inode, i_sb, s_magic)) {
    case 0x65735546: /* FUSE */
    case 0x6969:     /* NFS */
    case 0xff534d42: /* CIFS */
    case 0xfe534d42: /* SMB2 */
    case 0x01021997: /* 9p */
    case 0x00c36400: /* Ceph */
    case 0x6b414653: /* AFS */
    case 0x73757245: /* Coda */
        return true;
    default:
        return false;
    }
}

/* Whether to ask the daemon for a digest that nobody knows. */
static __always_inline bool should_request(struct inode *inode, const struct sp_content *content)
{
    if (is_remote(inode))
        return false;
    __u64 now = bpf_ktime_get_boot_ns();
    __u64 *last = bpf_map_lookup_elem(&digests_wanted, content);
    if (last && now - *last < REQUEST_INTERVAL_NS)
        return false;
    bpf_map_update_elem(&digests_wanted, content, &now, BPF_ANY);
    return true;
}

/* Asks the daemon for the digest of a content that lies at the path in s->path. Ring full: the next attempt asks again. */
__noinline int request_digest(struct scratch *s, struct resolved *r, __u64 task_address, struct sp_content *content)
{
    if (!s || !r || !content || r->unresolvable)
        return 0;
    struct task_struct *task = (struct task_struct *)task_address;
    struct sp_digest_request *request = (struct sp_digest_request *)s->tail;
    __u32 start = r->start & (PATH_BUFFER - 1);
    __u32 length = PATH_END - start;
    request->content = *content;
    request->pid = BPF_CORE_READ(task, tgid);
    request->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    request->length = length;
    request->pad = 0;
    asm volatile("" : "+r"(length));
    if (!length || length > SP_MAX_REQUEST_PATH)
        return 0;
    bpf_probe_read_kernel(request->path, length, s->path + start);
    __u32 size = __builtin_offsetof(struct sp_digest_request, path) + length;
    if (size <= sizeof(*request))
        bpf_ringbuf_output(&digest_requests, request, size, 0);
    return 0;
}

#endif
