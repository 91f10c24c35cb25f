/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-256 of what is executed or loaded, by a process or by the kernel, taken by IMA before the deciding program of the
 * same hook runs: these programs are attached after it, and the kernel runs the one that was attached last first.
 *
 *   lsm.s/bprm_check_security, lsm.s/mmap_file, lsm.s/kernel_read_file
 *
 * They decide nothing. Reading a file may sleep, for as long as its file system likes: so these are the only programs
 * that sleep, attached only while a rule asks for digests. A digest that can't be had is unknown to the rules.
 *
 * Who sleeps here goes on in the deciding program of the same hook, even if all of them were detached meanwhile: the
 * kernel keeps the code that calls them, but frees the programs. One that isn't declared sleepable it frees at once when
 * the daemon ends, and who wakes up then runs into freed memory (seen as a panic on 6.1). So the deciding programs of
 * these hooks are declared sleepable too, though they never sleep: such a program is freed after the last of those
 * who were in one.
 */

#define HASH_ALGO_SHA256 4
#define RECENT_NS 20000000ll /* two ticks of the slowest clock that stamps files */
#define TAI_OFFSET_NS 37000000000ll

/* Whether the content may change once more without another time stamp. The kernel's TAI offset is 37 s, or was never set. */
static __always_inline bool is_recent(const struct sp_content *content)
{
    __s64 changed = (__s64)(content->change_seconds * 1000000000ull + content->change_nanoseconds);
    __s64 age = (__s64)bpf_ktime_get_tai_ns() - changed;
    return age < RECENT_NS || (age - TAI_OFFSET_NS < RECENT_NS && age - TAI_OFFSET_NS > -RECENT_NS);
}

static __always_inline void take_digest(struct file *file)
{
    struct inode *inode = file->f_inode;
    struct sp_content content = {}, after = {};
    struct sp_content_digest digest = {};
    if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
        return;
    content_of(inode, &content);
    if (bpf_map_lookup_elem(&content_digests, &content))
        return; /* it is known, and stays so until the content changes */
    if (bpf_ima_file_hash(file, &digest, sizeof(digest)) != HASH_ALGO_SHA256)
        return; /* IMA has another algorithm, or can't read the file: unknown */
    content_of(inode, &after);
    if (BPF_CORE_READ(inode, i_writecount.counter) > 0 || after.change_seconds != content.change_seconds ||
        after.change_nanoseconds != content.change_nanoseconds || after.size != content.size)
        return; /* it is being written */
#pragma unroll
    for (int i = 0; i < 4; i++)
        digest.word[i] = __builtin_bswap64(digest.word[i]);
    if (is_recent(&content))
        content.pad = (__u32)bpf_get_current_pid_tgid(); /* for this thread's attempt, and no other */
    bpf_map_update_elem(&content_digests, &content, &digest, BPF_ANY);
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(digest_exec, struct linux_binprm *bprm, int ret)
{
    if (!ret)
        take_digest(bprm->file);
    return ret;
}

SEC("lsm.s/mmap_file")
int BPF_PROG(digest_image, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
    __u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &file);
    if (!ret && file && address && prot & PROT_EXEC)
        take_digest(file);
    return ret;
}

/* kernel_read_file() has denied writing to the file before the hook, until it has read all of it. */
SEC("lsm.s/kernel_read_file")
int BPF_PROG(digest_read, struct file *file, int id, bool contents, int ret)
{
    __u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &file);
    if (!ret && file && address)
        take_digest(file);
    return ret;
}
