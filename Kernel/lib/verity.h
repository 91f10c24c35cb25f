/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fs-verity digests, where the kernel tells them (6.8 and later): a file's whole content is vouched for by a Merkle tree
 * that the kernel checks at every read, so nothing has to be read to know the digest.
 */
#ifndef SALLYPORT_VERITY_H
#define SALLYPORT_VERITY_H

#define FS_VERITY_SHA256 1

struct bpf_dynptr {
    __u64 opaque[2];
};

extern int bpf_get_fsverity_digest(struct file *file, struct bpf_dynptr *digest) __ksym __weak;

/* Finds out the digest of a file that rules on the operation ask for. `file` is one that the hook was handed. */
static __always_inline void take_verity(struct scratch *s, struct file *file)
{
    struct bpf_dynptr out;
    struct sp_policy_tables *t = current_tables();
    if (!bpf_get_fsverity_digest || !t || !(t->asked[s->attempt.operation & (SP_OPERATIONS - 1)] & SP_USED_VERITY))
        return;
    bpf_dynptr_from_mem(&s->verity, sizeof(s->verity), 0, &out);
    if (bpf_get_fsverity_digest(file, &out) == 0 && s->verity.algorithm == FS_VERITY_SHA256)
        s->attempt.has_verity = 1;
}

/* The set of the attempt's fs-verity digest. A file without one is in no list. */
__noinline int verity_set(struct sp_policy_tables *t, struct scratch *s)
{
    if (!t || !s)
        return 0;
    if (!s->attempt.has_verity)
        return t->unknown_digest[SP_DIGEST_VERITY];
    struct sp_content_digest digest = {};
    bpf_probe_read_kernel(&digest, sizeof(digest), s->verity.bytes);
#pragma unroll
    for (int i = 0; i < 4; i++)
        digest.word[i] = __builtin_bswap64(digest.word[i]);
    return digest_set(t, &digest, SP_DIGEST_VERITY);
}

#endif
