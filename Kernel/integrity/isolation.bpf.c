/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Isolation: no new executions but for the site's and the platform's own, by identity.
 *
 *   lsm/bprm_check_security   refuses (EPERM); helpers that the kernel starts are executions too
 *   response_identify         tells the daemon by which identity the kernel knows a file
 *
 * What runs goes on. A script that is allowed is run by its interpreter, whether that is allowed by itself or not; an interpreter
 * (a shell, ld.so) that is allowed runs whatever it is told to. What a running process loads or interprets isn't an execution.
 *
 * Fail directions: no words (can't be): allow. No room for the report: refuse all the same, counted.
 */

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, SP_ALLOWED_ROOM);
    __type(key, struct sp_guard_key);
    __type(value, __u32);
} allowed_executions SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 16);
} refused_executions SEC(".maps");

static __always_inline void identify_inode(struct sp_guard_key *key, struct inode *inode)
{
    key->inode = BPF_CORE_READ(inode, i_ino);
    key->device = BPF_CORE_READ(inode, i_sb, s_dev);
    key->generation = BPF_CORE_READ(inode, i_generation);
}

static __always_inline void report_execution(struct sp_response *w, struct linux_binprm *bprm, struct sp_guard_key *key)
{
    __sync_fetch_and_add(&w->refused, 1);
    struct sp_refused_execution *r = bpf_ringbuf_reserve(&refused_executions, sizeof(*r), 0);
    if (!r) {
        __sync_fetch_and_add(&w->lost, 1);
        return;
    }
    __builtin_memset(r, 0, sizeof(*r));
    __u64 ids = bpf_get_current_pid_tgid();
    r->time = bpf_ktime_get_boot_ns();
    r->pid = ids >> 32;
    r->tid = (__u32)ids;
    r->uid = (__u32)bpf_get_current_uid_gid();
    r->executable = *key;
    bpf_get_current_comm(r->comm, sizeof(r->comm));
    bpf_probe_read_kernel_str(r->path, sizeof(r->path), BPF_CORE_READ(bprm, filename));
    bpf_ringbuf_submit(r, 0);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(isolation_exec, struct linux_binprm *bprm, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_response *w = response_words();
    if (!w || w->isolated == SP_ISOLATION_NONE)
        return 0; /* not isolated */
    /* The kernel asks again for the interpreter of a script, which has come by then: only then are these two. */
    if (BPF_CORE_READ(bprm, interp) != BPF_CORE_READ(bprm, filename))
        return 0;
    struct sp_guard_key key = {};
    identify_inode(&key, BPF_CORE_READ(bprm, file, f_inode));
    if (bpf_map_lookup_elem(&allowed_executions, &key))
        return 0; /* the site's, or the platform's */
    report_execution(w, bprm, &key);
    return -EPERM;
}

SEC("syscall")
int response_identify(void *context)
{
    struct sp_response *w = response_words();
    if (!w)
        return 1; /* can't be */
    struct task_struct *task = bpf_get_current_task_btf();
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    w->identified_found = 0;
    if (w->identify >= BPF_CORE_READ(table, max_fds))
        return 1;
    struct file **files = BPF_CORE_READ(table, fd), *file = 0;
    bpf_probe_read_kernel(&file, sizeof(file), files + w->identify);
    if (!file)
        return 1;
    identify_inode(&w->identified, BPF_CORE_READ(file, f_inode));
    w->identified_found = 1;
    return 0;
}
