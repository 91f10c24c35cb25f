/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tasks that the kernel's table of process numbers leads to: what /proc is made from, and what signals go by. The other
 * view, the list of tasks, is walked by `integrity_walk`.
 */

SEC("iter/task")
int integrity_tasks(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    if (!task)
        return 0; /* the end */
    struct sp_numbered_task t = {
        .task = (__u64)task,
        .pid = task->pid,
        .tgid = task->tgid,
        .threads = task->signal->nr_threads,
    };
    bpf_seq_write(ctx->meta->seq, &t, sizeof(t));
    return 0; /* too much for the buffer: the kernel asks for the same task again */
}
