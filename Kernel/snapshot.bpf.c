/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The start-up snapshot: every living process as a record, read through an iterator before events are relied on.
 * Kernel threads are included: they are processes that a person sees too.
 */
SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    struct seq_file *seq = ctx->meta->seq;
    if (!task || task->pid != task->tgid)
        return 0;
    if (!BPF_CORE_READ(task, signal, live.counter))
        return 0; /* ended, its parent hasn't waited yet: no event would ever remove it */
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s)
        return 1; /* asks for the same task again */
    begin_record(&s->record, SP_OP_SNAPSHOT);
    __u64 address = address_of(task);
    describe_task(address, &s->record);
    __u64 exe = (__u64)BPF_CORE_READ(task, mm, exe_file);
    if (exe) {
        struct resolved path = {.start = PATH_END};
        resolve_file(s, exe, &path);
        describe_file(exe, &path, &s->record.file);
        append_path(s, SP_FIELD_EXE, &path);
    }
    append_cgroup(s, address);
    __u32 length = s->record.length;
    asm volatile("" : "+r"(length));
    if (length <= MAX_RECORD_BYTES)
        bpf_seq_write(seq, &s->record, length);
    give_scratch(slot);
    return 0;
}
