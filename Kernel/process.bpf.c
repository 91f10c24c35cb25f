/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process.*: one program a hook.
 *
 *   lsm.s/bprm_check_security   process.exec    decides; once for a program, once more for each interpreter of a script
 *   tp_btf/sched_process_exec   process.exec    reports success, with arguments and working directory
 *   lsm/task_alloc              process.create  decides
 *   tp_btf/sched_process_fork   process.create  reports success
 *   tp_btf/sched_process_exit   process.exit    reports the last thread's exit
 *
 * The tracepoints decide nothing, so they also serve kernels without BPF LSM (tiers gate and observe). The first one is
 * declared sleepable for the sake of its end: see digest.bpf.c.
 */

static __always_inline bool is_script(struct linux_binprm *bprm)
{
    char head[2] = {};
    bpf_probe_read_kernel(head, sizeof(head), (void *)((__u64)bprm + bpf_core_field_offset(struct linux_binprm, buf)));
    return head[0] == '#' && head[1] == '!';
}

/* Keeps the first script of a chain for the report of success. Lost under pressure: the report then names the
 * interpreter and the path as the caller wrote it. */
static __always_inline void remember_script(struct scratch *s)
{
    struct attempt *a = &s->attempt;
    __u64 key = bpf_get_current_pid_tgid();
    if (bpf_map_lookup_elem(&scripts, &key))
        return;
    __sync_fetch_and_add(&scripts_kept, 1);
    if (!a->resolved)
        resolve_object(s);
    /* The value is too large for the stack: build it where the record is built. */
    struct pending_script *pending = (struct pending_script *)s->tail;
    __builtin_memset(&pending->file, 0, sizeof(pending->file));
    describe_inode(a->inode, &a->path, &pending->file);
    pending->file.flags |= SP_FILE_SCRIPT;
    __u32 start = a->path.start & (PATH_BUFFER - 1);
    __u32 length = PATH_END - start;
    pending->length = length;
    pending->unresolvable = a->path.unresolvable;
    asm volatile("" : "+r"(length));
    if (length && length < PATH_BUFFER)
        bpf_probe_read_kernel(pending->path, length, s->path + start);
    bpf_map_update_elem(&scripts, &key, pending, BPF_ANY);
}

static __always_inline void forget_script(__u64 key)
{
    if (!bpf_map_delete_elem(&scripts, &key))
        __sync_fetch_and_sub(&scripts_kept, 1);
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(process_exec, struct linux_binprm *bprm, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    bool script = is_script(bprm);
    if (scripts_kept && bprm->interp == bprm->filename)
        forget_script(
            bpf_get_current_pid_tgid()); /* the first of a chain: what is there was left by an exec that failed later on */
    /* Success is reported by the tracepoint, which needs the script's path. */
    int concerned = concerns(SP_OP_PROCESS_EXEC) & CONCERNS_RULES;
    if (!concerned && !script)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_PROCESS_EXEC, concerned);
    if (!s)
        return without_memory(SP_OP_PROCESS_EXEC, concerned);
    s->attempt.has_path = 1;
    s->attempt.file = address_of(bprm->file);
    s->attempt.inode = address_of(bprm->file->f_inode);
    s->attempt.flags = script ? SP_FILE_SCRIPT : 0;
    take_verity(s, bprm->file);
    decide(s, 0, SETS_OF_FILE(bprm->file->f_inode, concerned));
    __u32 verdict = s->attempt.verdict;
    if (script && verdict != SP_VERDICT_DENY)
        remember_script(s); /* before the report: both use the tail */
    if (verdict != SP_VERDICT_ALLOW)
        report(s);
    give_scratch(s->slot);
    if (verdict == SP_VERDICT_DENY) {
        count(SP_COUNT_DENIED + SP_OP_PROCESS_EXEC, 1);
        forget_script(bpf_get_current_pid_tgid());
        return -EPERM; /* the program doesn't start; the caller lives on */
    }
    return 0; /* no rule denies */
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec_done, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s) { /* what is remembered goes with the thread's next execution */
        miss(SP_OP_PROCESS_EXEC, 1, 0);
        return 0;
    }
    struct resolved path = {.start = PATH_END};
    struct sp_policy_tables *t = current_tables();
    __u64 current = address_of(task);
    /* A thread that executes takes over its process's number: what was remembered has the thread's. */
    __u64 key = (bpf_get_current_pid_tgid() & 0xffffffff00000000ull) | (__u32)old_pid;
    struct pending_script *pending = bpf_map_lookup_elem(&scripts, &key);
    struct subject *p = bpf_task_storage_get(&subjects, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    __u64 file = address_of(bprm->file);
    resolve_file(s, file, &path);
    __u64 before = p ? p->exe : 0; /* who executes is what it executed before */
    if (p) {
        note_execution(s, p, &path, BPF_CORE_READ(task, self_exec_id));
        if (pending) {
            p->is_script = 1;
            p->sets[SP_SIDE_SUBJECT].generation = 0; /* what was decided since didn't know it */
            p->sets[SP_SIDE_OBJECT].generation = 0;
        }
    }
    begin_record(s, SP_OP_PROCESS_EXEC);
    s->criteria.exe = before | (before == 0); /* 1: unknown */
    describe_task(current, &s->record);
    s->record.generation = t ? t->generation : 0;
    append_cgroup(s, current);
    append_arguments(s, BPF_CORE_READ(task, mm, arg_start), BPF_CORE_READ(task, mm, arg_end));

    resolve_file(s, file, &path);
    if (pending) {
        append_path(s, SP_FIELD_INTERPRETER, &path);
        s->record.file = pending->file;
        append_bytes(s, SP_FIELD_PATH, pending->unresolvable, address_of(pending->path), pending->length);
        forget_script(key);
    } else {
        describe_file(file, &path, &s->record.file);
        append_path(s, SP_FIELD_PATH, &path);
    }

    resolve_path(s, (__u64)BPF_CORE_READ(task, fs) + bpf_core_field_offset(struct fs_struct, pwd), &path);
    append_path(s, SP_FIELD_CWD, &path);
    submit(s);
    give_scratch(slot);
    return 0;
}

/* A process or a thread: one hook. */
SEC("lsm/task_alloc")
int BPF_PROG(process_create, struct task_struct *task, __u64 clone_flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    __u32 operation = clone_flags & CLONE_THREAD ? SP_OP_THREAD_CREATE : SP_OP_PROCESS_CREATE;
    int concerned = concerns(operation);
    if (operation == SP_OP_PROCESS_CREATE)
        concerned &= CONCERNS_RULES; /* those that are created are reported by the tracepoint */
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(operation, concerned);
    if (!s)
        return without_memory(operation, concerned);
    return settle(s, 0); /* refused: fork fails in the parent */
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_create_done, struct task_struct *parent, struct task_struct *child)
{
    /* What the parent is known for holds for the child; a thread is a task of its own. */
    struct subject *from = bpf_task_storage_get(&subjects, parent, 0, 0);
    struct subject *to = from ? bpf_task_storage_get(&subjects, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE) : 0;
    if (from && to)
        inherit(from, to);
    if (child->pid != child->tgid)
        return 0;
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s) {
        miss(SP_OP_PROCESS_CREATE, 1, 0);
        return 0;
    }
    begin_record(s, SP_OP_PROCESS_CREATE);
    describe_task(address_of(parent), &s->record);
    identify(child, &s->record.other);
    submit(s);
    give_scratch(slot);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
    struct signal_struct *signal = task->signal;
    if (runtime.digest_taker == bpf_get_current_pid_tgid())
        runtime.digest_taker = 0; /* its number may become another's */
    if (signal->live.counter != 0)
        return 0; /* other threads live on */
    __u32 slot = 0;
    struct scratch *s = take_scratch(&slot);
    if (!s) {
        miss(SP_OP_PROCESS_EXIT, 1, 0);
        return 0;
    }
    begin_record(s, SP_OP_PROCESS_EXIT);
    describe_task(address_of(task), &s->record);
    s->record.exit_status =
        (signal->flags & SIGNAL_GROUP_EXIT) ? signal->group_exit_code : BPF_CORE_READ(task, group_leader, exit_code);
    submit(s);
    give_scratch(slot);
    return 0;
}
