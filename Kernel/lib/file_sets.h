/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules that a file satisfies by its path and by its content: sets, kept in inode storage. An executable, a library
 * or a file that is opened is met again and again; then neither its path is walked nor its digest looked up.
 *
 * Kept of a path: only what a walk found that no rename and no mount went on beside (path.h). The kernel's two sequence
 * counts tell at once whether there was any since, wherever that was: a rename anywhere costs one walk a file, and no
 * hook on renames is needed. Kept of a content: until a write changes it. What a chmod changes isn't kept. Each reason
 * has a counter (enum sp_invalidation).
 */
#ifndef SALLYPORT_FILE_SETS_H
#define SALLYPORT_FILE_SETS_H

/*
 * The name that a file is met by. Entries come and go without a sequence count, and another name of the file may get
 * the place in memory: so it is the directory too, which has one name only, and the hash of the name in it.
 */
static __always_inline void name_of(struct path *path, struct path_set *out)
{
    struct dentry *dentry = BPF_CORE_READ(path, dentry);
    struct inode *directory = BPF_CORE_READ(dentry, d_parent, d_inode);
    out->mnt = (__u64)BPF_CORE_READ(path, mnt);
    out->dentry = (__u64)dentry;
    out->directory = BPF_CORE_READ(directory, i_ino);
    out->directory_generation = BPF_CORE_READ(directory, i_generation);
    out->name_hash = BPF_CORE_READ(dentry, d_name.hash);
}

/* Why the kept set of a path isn't that of `path` any more (enum sp_invalidation), or SETS_VALID. */
static __always_inline __u32 path_staleness(struct sp_policy_tables *t, struct path_set *kept, struct path *path)
{
    if (kept->generation != t->generation)
        return kept->generation ? SP_INVALID_FILE_GENERATION : SP_INVALID_FILE_NEW;
    struct path_set now = {};
    name_of(path, &now);
    if ((kept->dentry ^ now.dentry) | (kept->mnt ^ now.mnt) | (kept->directory ^ now.directory) |
        (kept->directory_generation ^ now.directory_generation) | (kept->name_hash ^ now.name_hash))
        return SP_INVALID_FILE_NAME;
    if (kept->mounts != sequence_of(config.mount_lock)) /* a mount changes both */
        return SP_INVALID_FILE_MOUNT;
    if (kept->renames != sequence_of(config.rename_lock))
        return SP_INVALID_FILE_RENAME;
    return SETS_VALID;
}

/* Copies the kept set of the path of the attempt's file to `out`; 0 if there is none that holds. */
__noinline int kept_path_set(struct sp_policy_tables *t, struct scratch *s, struct file_sets *kept,
                             struct selection *out)
{
    if (!t || !s || !kept || !out)
        return 0;
    struct path_set *copy = &s->kept.path;
    bpf_probe_read_kernel(copy, sizeof(*copy), &kept->path);
    asm volatile("" ::: "memory");
    if (*(volatile __u64 *)&kept->path.generation != copy->generation)
        return 0; /* it is being written */
    __u32 reason = path_staleness(t, copy, (struct path *)shown_path((struct file *)s->attempt.file));
    if (reason != SETS_VALID) {
        count(SP_COUNT_INVALIDATED + (reason & 15), 1);
        return 0;
    }
    *out = copy->set;
    s->attempt.path.unresolvable = SP_RESOLVED;
    s->attempt.path.flags = deleted_flag((struct dentry *)copy->dentry);
    return 1;
}

/* Keeps the set that the path has which was just walked. One writer at a time; another one's is as good. */
__noinline int keep_path_set(struct sp_policy_tables *t, struct scratch *s, struct file_sets *kept,
                             struct selection *set)
{
    if (!t || !s || !kept || !set || !s->steady || s->attempt.path.unresolvable)
        return 0;
    struct path *path = (struct path *)shown_path((struct file *)s->attempt.file);
    struct path_set *to = &kept->path;
    if (__sync_val_compare_and_swap(&kept->writer, 0, 1) != 0)
        return 0;
    *(volatile __u64 *)&to->generation = 0;
    asm volatile("" ::: "memory");
    name_of(path, to);
    to->renames = s->renames;
    to->mounts = s->mounts;
    to->set = *set;
    asm volatile("" ::: "memory");
    *(volatile __u64 *)&to->generation = t->generation;
    __sync_lock_test_and_set(&kept->writer, 0);
    return 1;
}

static __always_inline bool is_same_content(const struct sp_content *a, const struct sp_content *b)
{
    return !((a->inode ^ b->inode) | (a->size ^ b->size) | (a->change_seconds ^ b->change_seconds) |
             (a->change_nanoseconds ^ b->change_nanoseconds) | (a->device ^ b->device) |
             (a->generation ^ b->generation));
}

/* The set of a content, if it is kept, through `out`. */
static __always_inline bool kept_content_set(struct sp_policy_tables *t, struct scratch *s, struct file_sets *kept,
                                             const struct sp_content *content, __u32 *out)
{
    struct content_set *copy = &s->kept.content;
    bpf_probe_read_kernel(copy, sizeof(*copy), &kept->content);
    asm volatile("" ::: "memory");
    if (*(volatile __u64 *)&kept->content.generation != copy->generation || copy->generation != t->generation)
        return false;
    if (!is_same_content(&copy->content, content)) {
        count(SP_COUNT_INVALIDATED + SP_INVALID_FILE_CHANGE, 1);
        return false;
    }
    *out = copy->set;
    return true;
}

static __always_inline void keep_content_set(struct sp_policy_tables *t, struct file_sets *kept,
                                             const struct sp_content *content, __u32 set)
{
    struct content_set *to = &kept->content;
    if (__sync_val_compare_and_swap(&kept->writer, 0, 1) != 0)
        return;
    *(volatile __u64 *)&to->generation = 0;
    asm volatile("" ::: "memory");
    to->content = *content;
    to->set = set;
    asm volatile("" ::: "memory");
    *(volatile __u64 *)&to->generation = t->generation;
    __sync_lock_test_and_set(&kept->writer, 0);
}

/* The set of the digest of the attempt's file; `kept` may be NULL. */
__noinline int file_digest_set(struct sp_policy_tables *t, struct scratch *s, struct file_sets *kept)
{
    if (!t || !s)
        return 0;
    struct attempt *a = &s->attempt;
    struct sp_content content = {};
    __u32 set = t->unknown_digest[SP_DIGEST_FILE];
    if (has_content((struct inode *)a->inode, &content)) {
        if (kept && kept_content_set(t, s, kept, &content, &set))
            return set;
        struct sp_content_digest *digest = digest_of(&content);
        if (digest) {
            set = digest_set(t, digest, SP_DIGEST_FILE);
            if (kept && !content.pad)
                keep_content_set(t, kept, &content, set);
            return set;
        }
        if (should_request((struct inode *)a->inode, &content)) {
            if (!a->resolved)
                resolve_object(s);
            request_digest(s, &a->path, a->subject ? a->subject : bpf_get_current_task(), &content);
        }
    }
    count(SP_COUNT_DIGEST_UNKNOWN, 1);
    return set;
}

#endif
