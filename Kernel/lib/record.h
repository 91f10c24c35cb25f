/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Building a record in scratch memory and handing it to the ring. Reporting comes after deciding and can't change it. */
#ifndef SALLYPORT_RECORD_H
#define SALLYPORT_RECORD_H

static __always_inline __u64 leader_start(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline void identify(struct task_struct *task, struct sp_identity *out)
{
    out->pid = BPF_CORE_READ(task, tgid);
    out->tid = BPF_CORE_READ(task, pid);
    out->start_time = leader_start(task);
    out->exec_count = BPF_CORE_READ(task, self_exec_id);
}

static __always_inline void describe_credentials(struct cred *cred, struct sp_credentials *out)
{
    out->uid = BPF_CORE_READ(cred, uid.val);
    out->gid = BPF_CORE_READ(cred, gid.val);
    out->euid = BPF_CORE_READ(cred, euid.val);
    out->egid = BPF_CORE_READ(cred, egid.val);
    out->cap_effective = effective_capabilities(cred);
}

/* Who and where: everything in the fixed part that belongs to `task`. */
__noinline int describe_task(__u64 address, struct sp_record *r)
{
    if (!r)
        return 0;
    struct task_struct *task = (struct task_struct *)address;
    identify(task, &r->subject);
    identify(BPF_CORE_READ(task, real_parent), &r->parent);
    struct cred *cred = BPF_CORE_READ(task, cred);
    describe_credentials(cred, &r->credentials);
    r->credentials.loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : ~0u;
    r->credentials.pad = 0;
    struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);
    r->namespaces.mnt = BPF_CORE_READ(ns, mnt_ns, ns.inum);
    r->namespaces.net = BPF_CORE_READ(ns, net_ns, ns.inum);
    r->namespaces.uts = BPF_CORE_READ(ns, uts_ns, ns.inum);
    r->namespaces.ipc = BPF_CORE_READ(ns, ipc_ns, ns.inum);
    r->namespaces.cgroup = BPF_CORE_READ(ns, cgroup_ns, ns.inum);
    r->namespaces.user = BPF_CORE_READ(cred, user_ns, ns.inum);
    /* The namespace that the process lives in is that of its own pid, not the one for its children. */
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    __u32 level = BPF_CORE_READ(pid, level);
    struct upid *upid = (struct upid *)((__u64)pid + bpf_core_field_offset(struct pid, numbers) +
                                        level * bpf_core_type_size(struct upid));
    r->namespaces.pid = pid ? BPF_CORE_READ(upid, ns, ns.inum) : 0;
    r->namespaces.pad = 0;
    r->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
    BPF_CORE_READ_INTO(&r->comm, task, comm);
    return 0;
}

static __always_inline void begin_record(struct scratch *s, __u32 operation)
{
    struct sp_record *r = &s->record;
    s->criteria.exe = 0;
    s->criteria.target_length = 0;
    __builtin_memset(r, 0, sizeof(*r));
    r->version = SP_ABI_VERSION;
    r->operation = operation;
    r->fixed_length = sizeof(*r);
    r->length = sizeof(*r);
    r->rule = SP_NO_RULE;
    r->cpu = bpf_get_smp_processor_id();
    r->monotonic_time = bpf_ktime_get_boot_ns();
}

/* Fields are appended at the tail; what doesn't fit (it always does, see PATH_PAD and TAIL_PAD) is left out. */
static __always_inline struct sp_field *begin_field(struct scratch *s, __u32 type, __u32 length)
{
    __u32 at = s->record.length - sizeof(struct sp_record);
    if (at > TAIL_MASK - 16)
        return 0;
    at &= TAIL_MASK;
    struct sp_field *field = (struct sp_field *)(s->tail + at);
    field->type = type;
    field->unresolvable = 0;
    field->truncated = 0;
    field->length = length;
    s->record.length += sizeof(*field) + ((length + 7) & ~7u);
    return field;
}

#define MAX_FIELD 4096u
#define MAX_RECORD_BYTES (sizeof(struct sp_record) + TAIL_MASK + TAIL_PAD)

/* Appends bytes of kernel memory. */
__noinline int append_bytes(struct scratch *s, __u32 type, __u32 unresolvable, __u64 from, __u32 length)
{
    if (!s)
        return 0;
    __u32 at = s->record.length - sizeof(struct sp_record) + sizeof(struct sp_field);
    if (length > MAX_FIELD)
        length = MAX_FIELD;
    struct sp_field *field = begin_field(s, type, length);
    if (!field)
        return 0;
    field->unresolvable = unresolvable;
    at &= TAIL_MASK;
    if (type == SP_FIELD_PATH && !unresolvable) {
        s->criteria.target_at = at;
        s->criteria.target_length = length;
    }
    asm volatile("" : "+r"(length));
    if (length && length <= MAX_FIELD)
        bpf_probe_read_kernel(s->tail + at, length, (void *)from);
    return 0;
}

#define MAX_NAME 128u

/* Appends a zero-terminated text of kernel memory, cut at MAX_NAME. */
__noinline int append_text(struct scratch *s, __u32 type, __u64 from)
{
    if (!s)
        return 0;
    char *text = (char *)s->gathered; /* not in use any more */
    long length = bpf_probe_read_kernel_str(text, MAX_NAME, (void *)from);
    if (length > 1)
        append_bytes(s, type, 0, address_of(text), (__u32)length - 1);
    return 0;
}

static __always_inline void append_path(struct scratch *s, __u32 type, const struct resolved *r)
{
    __u32 start = r->start & (PATH_BUFFER - 1);
    append_bytes(s, type, r->unresolvable, address_of(s->path + start), PATH_END - start);
}

/* The zero-separated strings at [from, to) in the current process's memory, cut at SP_MAX_ARGV. */
__noinline int append_arguments(struct scratch *s, __u64 from, __u64 to)
{
    if (!s || to <= from)
        return 0;
    __u32 at = s->record.length - sizeof(struct sp_record) + sizeof(struct sp_field);
    __u64 wanted = to - from;
    __u32 length = wanted > SP_MAX_ARGV ? SP_MAX_ARGV : (__u32)wanted;
    struct sp_field *field = begin_field(s, SP_FIELD_ARGV, length);
    if (!field)
        return 0;
    field->truncated = wanted > SP_MAX_ARGV;
    at &= TAIL_MASK;
    asm volatile("" : "+r"(length));
    if (length && length <= SP_MAX_ARGV && bpf_probe_read_user(s->tail + at, length, (void *)from) < 0)
        field->truncated = 1; /* paged out: the bytes are zero, not somebody else's */
    return 0;
}

#define MAX_CGROUP_PATH 1024u

__noinline int append_cgroup(struct scratch *s, __u64 address)
{
    if (!s)
        return 0;
    struct resolved path = {.start = PATH_END};
    resolve_cgroup(s, address, &path);
    __u32 start = path.start & (PATH_BUFFER - 1);
    if (PATH_END - start > MAX_CGROUP_PATH) /* its end says most */
        start = PATH_END - MAX_CGROUP_PATH;
    return append_bytes(s, SP_FIELD_CGROUP, 0, address_of(s->path + start), PATH_END - start);
}

#endif
