/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The start-up snapshot: every living process as a record, read through an iterator before events are relied on.
 * Kernel threads are included: they are processes that a person sees too.
 */
struct past_walk {
    struct scratch *scratch;
    struct subject *subject;
    struct {
        __u64 task;
    } at;
};

/* One generation up: what the parent executes is an ancestor. */
static long past_step(__u32 index, struct past_walk *w)
{
    struct task_struct *task = (struct task_struct *)w->at.task;
    struct task_struct *parent = BPF_CORE_READ(task, real_parent);
    if (!parent || (__u64)parent == w->at.task)
        return 1;
    struct resolved r = {.start = PATH_END};
    __u64 exe = (__u64)BPF_CORE_READ(parent, mm, exe_file);
    if (exe) { /* kernel threads have none */
        resolve_file(w->scratch, exe, &r);
        add_ancestor(w->subject, intern_program(w->scratch, &r));
    }
    w->at.task = (__u64)parent;
    return 0;
}

/* The past of a process that was found running, as far as its living ancestors tell it. */
static __always_inline int find_past(struct subject *p, __u64 address)
{
    struct task_struct *task = (struct task_struct *)address;
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s)
        return 1;
    refresh_program(s, p, address, BPF_CORE_READ(task, self_exec_id));
    p->incomplete = 0;
    p->met = 0;
    p->sets[SP_SIDE_SUBJECT].generation = 0; /* they were computed without it */
    p->sets[SP_SIDE_OBJECT].generation = 0;
    struct past_walk w = {.scratch = s, .subject = p, .at.task = address};
    forget(&w.at, sizeof(w.at));
    bpf_loop(64, past_step, &w, 0);
    give_scratch(slot);
    return 0;
}

SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    struct seq_file *seq = ctx->meta->seq;
    if (!task)
        return 0;
    struct subject *p = bpf_task_storage_get(&subjects, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (p && (!p->known || p->met) && find_past(p, address_of(task)))
        return 1; /* no memory just now: asks for the same task again */
    if (task->pid != task->tgid)
        return 0;
    if (!BPF_CORE_READ(task, signal, live.counter))
        return 0; /* ended, its parent hasn't waited yet: no event would ever remove it */
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s)
        return 1; /* asks for the same task again */
    begin_record(s, SP_OP_SNAPSHOT);
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
