/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon has to say to subscribers, put into their rings among what the programs report:
 *
 *   syscall  message  a record that user space made (a denial of the gate), a marker, a subscription's beginning, losses that no
 *                     hook saw
 */

static long flush_step(__u32 index, void *unused)
{
    __u32 slot = index & (SP_MAX_SUBSCRIBERS - 1);
    struct sp_subscriber *to = bpf_map_lookup_elem(&subscribers, &slot);
    void *ring = bpf_map_lookup_elem(&rings, &slot);
    if (to && ring && (runtime.subscribers >> slot & 1) && to->pending)
        tell_losses(to, ring);
    return 0;
}

/* What a marker needs of the daemon's ring, and what may come between the look and the use. */
#define ROOM_TO_BEGIN 4096

/*
 * A marker behind everything that a subscriber was sent so far. One that its subscription begins at goes into the daemon's ring
 * as well: what is before it there is in the table of processes, what was reported after it is in the subscriber's ring behind
 * it, or both. In between the subscription is told to have begun: nobody is sent anything before, nor is a number used up.
 * Where the daemon's ring has no room in the end, that half is tried again; the subscription has begun.
 */
__noinline int send_marker(struct scratch *s, __u32 slot, __u64 number, __u32 begins)
{
    if (!s)
        return SP_MESSAGE_NO_MEMORY;
    slot &= SP_MAX_SUBSCRIBERS - 1;
    struct sp_subscriber *to = bpf_map_lookup_elem(&subscribers, &slot);
    void *ring = bpf_map_lookup_elem(&rings, &slot);
    if (!to || !ring)
        return SP_MESSAGE_WRONG;
    bool has_begun = to->state & SP_SUBSCRIBER_BEGUN;
    if (begins &&
        bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) - bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < ROOM_TO_BEGIN)
        return SP_MESSAGE_NO_ROOM;
    if (!begins && to->pending)
        tell_losses(to, ring);
    begin_record(s, SP_OP_SYNC);
    s->record.sequence = number;
    s->record.subscriber_sequence = to->sequence;
    if (!(begins && has_begun) && bpf_ringbuf_output(ring, &s->record, sizeof(s->record), BPF_RB_FORCE_WAKEUP))
        return SP_MESSAGE_NO_ROOM;
    if (begins)
        __sync_fetch_and_or(&to->state, SP_SUBSCRIBER_BEGUN);
    if (begins && bpf_ringbuf_output(&events, &s->record, sizeof(s->record), BPF_RB_FORCE_WAKEUP))
        return SP_MESSAGE_NO_ROOM;
    return SP_MESSAGE_DONE;
}

SEC("syscall")
int message(struct sp_message *m)
{
    __u32 slot = 0;
    int result = SP_MESSAGE_DONE;
    if (m->kind == SP_MESSAGE_LOST) {
        miss(m->operation, m->value, 0);
        return result;
    }
    if (m->kind == SP_MESSAGE_FLUSH) {
        bpf_loop(SP_MAX_SUBSCRIBERS, flush_step, 0, 0);
        return result;
    }
    struct scratch *s = take_scratch(&slot);
    if (!s)
        return SP_MESSAGE_NO_MEMORY;
    __u32 tail = m->tail_length;
    if (m->kind == SP_MESSAGE_SYNC || m->kind == SP_MESSAGE_BEGIN) {
        result = send_marker(s, m->subscriber, m->value, m->kind == SP_MESSAGE_BEGIN);
    } else if (m->kind == SP_MESSAGE_RECORD && tail <= SP_MAX_MESSAGE_TAIL) {
        begin_record(s, 0);
        bpf_probe_read_kernel(&s->record, sizeof(s->record), &m->record);
        bpf_probe_read_kernel(s->tail, SP_MAX_MESSAGE_TAIL, m->tail);
        s->record.version = SP_ABI_VERSION;
        s->record.fixed_length = sizeof(s->record);
        s->record.length = sizeof(s->record) + tail;
        s->record.monotonic_time = bpf_ktime_get_boot_ns();
        s->record.cpu = bpf_get_smp_processor_id();
        s->criteria.exe = m->exe | (m->exe == 0);
        submit(s);
    } else {
        result = SP_MESSAGE_WRONG;
    }
    give_scratch(slot);
    return result;
}
