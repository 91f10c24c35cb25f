/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who acts for whom. A process acts for an owner when it executed a file that is registered as the owner's, in a way that
 * leaves nobody else a hand in it, and has mapped no foreign code since (task.bpf.c). Its pid says nothing.
 */
#ifndef SALLYPORT_PROTECTION_OWNER_H
#define SALLYPORT_PROTECTION_OWNER_H

#define INIT_PID 1u

static __always_inline bool may_be_guarded_task(struct sp_protection *w, __u32 pid)
{
    __u32 bit = pid & (SP_TASK_FILTER - 1);
    return w->task_filter[bit / 64] >> (bit & 63) & 1;
}

static __always_inline void note_guarded_task(struct sp_protection *w, __u32 pid)
{
    __u32 bit = pid & (SP_TASK_FILTER - 1);
    if (!(w->task_filter[bit / 64] >> (bit & 63) & 1))
        __sync_fetch_and_or(&w->task_filter[bit / 64], 1ull << (bit & 63));
}

static __always_inline struct sp_guarded_task *guarded_task(struct sp_protection *w, __u32 pid)
{
    if (!may_be_guarded_task(w, pid))
        return 0; /* most tasks: no look-up */
    return bpf_map_lookup_elem(&guarded_tasks, &pid);
}

static __always_inline __u32 current_pid(void)
{
    return bpf_get_current_pid_tgid() >> 32;
}

/* A process that process 1 has created and that hasn't executed anything since. */
static __always_inline bool is_init_child(__u32 pid)
{
    return bpf_map_lookup_elem(&init_children, &pid) != 0;
}

/* Whom the current process acts for; 0 is itself only. */
static __always_inline __u32 acting_owner(struct sp_protection *w)
{
    struct sp_guarded_task *own = guarded_task(w, current_pid());
    return own && own->flags & SP_GUARDED_ACTS ? own->owner : SP_OWNER_NONE;
}

/* The platform may act on everybody's: it looks at processes, and takes protections off that the owner gives back. */
static __always_inline bool may_act(struct sp_protection *w, __u32 owner)
{
    __u32 acting = acting_owner(w);
    return acting && (acting == owner || acting == SP_OWNER_PLATFORM);
}

/*
 * Process 1, as it ends the machine, and its children, which unmount for it: they may end processes and unmount file
 * systems. They get no right to write.
 */
static __always_inline bool ends_machine(struct sp_protection *w)
{
    return w->going_down && (current_pid() == INIT_PID || is_init_child(current_pid()));
}

#endif
