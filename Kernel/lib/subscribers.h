/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handing a record on: to the daemon's ring what it follows processes by and what was denied, and to each subscriber's
 * what its filter admits. A full ring is its owner's loss: counted for that subscriber, told by a gap record before the
 * next one that fits, and nobody else notices; no verdict depends on it.
 *
 * What can't be told of a record (an executable or a path that isn't known) is named by no mute: it is sent, but not to
 * who wants named ones only.
 */
#ifndef SALLYPORT_SUBSCRIBERS_H
#define SALLYPORT_SUBSCRIBERS_H

/* What the daemon's table of processes follows from. */
#define TABLE_OPERATIONS \
    (1u << SP_OP_PROCESS_EXEC | 1u << SP_OP_PROCESS_CREATE | 1u << SP_OP_PROCESS_EXIT | 1u << SP_OP_PROCESS_CREDENTIALS)

/* ---- Losses ---- */

struct gap_record {
    struct sp_record record;
    struct sp_field field;
    struct sp_losses losses;
};

/* How often other processors that lose at the same moment may be faster than this one: a few instructions each. */
#define NOTING_TRIES 4

/* The last number is noted before the first: they are taken in the other order, so that none is between two gaps. */
static __always_inline void note_lost(struct sp_subscriber *to, __u64 sequence)
{
#pragma unroll
    for (int i = 0; i < NOTING_TRIES; i++) {
        __u64 last = to->lost_last;
        if (last >= sequence || __sync_val_compare_and_swap(&to->lost_last, last, sequence) == last)
            break;
    }
#pragma unroll
    for (int i = 0; i < NOTING_TRIES; i++) {
        __u64 first = to->lost_first;
        if ((first && first <= sequence) || __sync_val_compare_and_swap(&to->lost_first, first, sequence) == first)
            break;
    }
}

static __always_inline void lose(struct sp_subscriber *to, __u32 operation, __u64 amount, bool denied, __u64 sequence)
{
    operation &= SP_OPERATIONS - 1;
    __sync_fetch_and_add(&to->lost[operation], amount);
    __sync_fetch_and_add(&to->lost_total, amount);
    if (denied)
        __sync_fetch_and_add(&to->lost_denials, amount);
    if (sequence)
        note_lost(to, sequence);
    __sync_fetch_and_add(&to->pending, amount);
    count(SP_COUNT_UNDELIVERED + operation, amount);
}

#define TAKE(word) __sync_lock_test_and_set(&(word), 0)

/* Tells a subscriber what it has lost, if its ring has room; else later. A macro's body: the ring is the kernel's own. */
static __always_inline void tell_losses(struct sp_subscriber *to, void *ring)
{
    struct gap_record *g = bpf_ringbuf_reserve(ring, sizeof(*g), 0);
    if (!g)
        return;
    if (__sync_fetch_and_or(&to->state, SP_SUBSCRIBER_TELLING) & SP_SUBSCRIBER_TELLING) {
        bpf_ringbuf_discard(g, BPF_RB_NO_WAKEUP); /* another processor tells; what comes meanwhile is told later */
        return;
    }
    if (!TAKE(to->pending)) { /* another processor was faster */
        __sync_fetch_and_and(&to->state, ~SP_SUBSCRIBER_TELLING);
        bpf_ringbuf_discard(g, BPF_RB_NO_WAKEUP);
        return;
    }
    __builtin_memset(g, 0, sizeof(*g));
    g->record.version = SP_ABI_VERSION;
    g->record.operation = SP_OP_GAP;
    g->record.fixed_length = sizeof(g->record);
    g->record.length = sizeof(*g);
    g->record.rule = SP_NO_RULE;
    g->record.monotonic_time = bpf_ktime_get_boot_ns();
    g->field.type = SP_FIELD_LOSSES;
    g->field.length = sizeof(g->losses);
    g->losses.first = TAKE(to->lost_first);
    g->losses.last = TAKE(to->lost_last);
    g->losses.denials = TAKE(to->lost_denials);
    g->losses.context = TAKE(to->lost_context);
#pragma unroll
    for (int i = 0; i < SP_OPERATIONS; i++)
        g->losses.lost[i] = TAKE(to->lost[i]);
    __sync_fetch_and_and(&to->state, ~SP_SUBSCRIBER_TELLING);
    /* Of one that is being noted just now either may be here: then both are. */
    if (!g->losses.first)
        g->losses.first = g->losses.last;
    if (g->losses.last < g->losses.first)
        g->losses.last = g->losses.first;
    bpf_ringbuf_submit(g, 0);
}

struct missed {
    __u32 operation;
    __u32 denied;
    __u64 amount;
};

static long miss_step(__u32 index, struct missed *m)
{
    __u32 slot = index & (SP_MAX_SUBSCRIBERS - 1), operation = m->operation & (SP_OPERATIONS - 1);
    struct sp_subscriber *to = bpf_map_lookup_elem(&subscribers, &slot);
    if (!to || !(runtime.subscribers >> slot & 1) || !(to->state & SP_SUBSCRIBER_BEGUN))
        return 0;
    struct sp_filter *f = &to->filter[to->active & 1];
    if ((f->operations >> operation & 1) && (m->denied || !f->denied_only))
        lose(to, operation, m->amount, m->denied, 0);
    if (f->context >> operation & 1) {
        __sync_fetch_and_add(&to->lost_context, m->amount);
        __sync_fetch_and_add(&to->pending, m->amount);
    }
    return 0;
}

/* Records that couldn't even be made: everybody who might have got them is told. */
__noinline int miss(__u32 operation, __u64 amount, __u32 denied)
{
    operation &= SP_OPERATIONS - 1;
    count(SP_COUNT_LOST + operation, amount);
    if (denied)
        count(SP_COUNT_LOST_DENIALS, amount);
    struct missed m = {.operation = operation, .denied = denied, .amount = amount};
    if (runtime.subscribers)
        bpf_loop(SP_MAX_SUBSCRIBERS, miss_step, &m, 0);
    return 0;
}

/* ---- What filters ask about ---- */

struct target_walk {
    struct scratch *scratch;
    struct {
        __u64 a, b;
        __u32 prefixes;
        __u32 pad;
    } at;
};

/* One byte: before a slash the hash is that of a directory. */
static long target_step(__u32 index, struct target_walk *w)
{
    struct criteria *c = &w->scratch->criteria;
    __u32 at = c->target_at + index;
    asm volatile("" : "+r"(at));
    if (at >= sizeof(w->scratch->tail))
        return 1;
    __u64 byte = (__u8)w->scratch->tail[at];
    __u32 prefix = w->at.prefixes & (SP_MAX_PREFIXES - 1);
    asm volatile("" : "+r"(prefix));
    c->prefix[prefix & (SP_MAX_PREFIXES - 1)] = w->at.a << 32 | w->at.b;
    w->at.prefixes += byte == '/';
    w->at.a = SP_HASH_STEP(w->at.a, config.hash_key[0], byte);
    w->at.b = SP_HASH_STEP(w->at.b, config.hash_key[1], byte);
    return 0;
}

__noinline int find_target(struct scratch *s)
{
    if (!s)
        return 0;
    struct criteria *c = &s->criteria;
    struct target_walk w = {.scratch = s};
    forget(&w.at, sizeof(w.at));
    bpf_loop(c->target_length & (2 * MAX_FIELD - 1), target_step, &w, 0);
    c->target = w.at.a << 32 | w.at.b;
    /* Of more than fit the first ones have been written over, one of them by what isn't a directory's. */
    c->prefix[w.at.prefixes & (SP_MAX_PREFIXES - 1)] = c->prefix[(w.at.prefixes - 1) & (SP_MAX_PREFIXES - 1)];
    c->prefix_count = w.at.prefixes > SP_MAX_PREFIXES ? SP_MAX_PREFIXES : w.at.prefixes;
    return 0;
}

struct cgroup_search {
    struct scratch *scratch;
    struct {
        __u64 node;
        __u32 found;
        __u32 pad;
    } at;
};

static long cgroup_up_step(__u32 index, struct cgroup_search *search)
{
    struct kernfs_node *node = (struct kernfs_node *)search->at.node;
    struct kernfs_node___6_15 *recent = (struct kernfs_node___6_15 *)search->at.node;
    if (!node)
        return 1;
    search->scratch->criteria.cgroup[index & (SP_MAX_CGROUP_DEPTH - 1)] = BPF_CORE_READ(node, id);
    search->at.found = index + 1;
    search->at.node = bpf_core_field_exists(recent->__parent) ? (__u64)BPF_CORE_READ(recent, __parent)
                                                              : (__u64)BPF_CORE_READ(node, parent);
    return 0;
}

/* The cgroups that the current task is in, from its own upwards. */
__noinline int find_cgroups(struct scratch *s)
{
    if (!s)
        return 0;
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();
    struct cgroup_search search = {.scratch = s};
    search.at.node = (__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
    forget(&search.at, sizeof(search.at));
    bpf_loop(SP_MAX_CGROUP_DEPTH, cgroup_up_step, &search, 0);
    s->criteria.cgroup_count = search.at.found;
    return 0;
}

__noinline int find_criteria(struct scratch *s)
{
    if (!s)
        return 0;
    struct criteria *c = &s->criteria;
    __u64 wanted = runtime.criteria;
    if (!c->exe) {
        struct subject *p = bpf_task_storage_get(&subjects, bpf_get_current_task_btf(), 0, 0);
        c->exe = p ? p->exe : 0;
    }
    c->prefix_count = 0;
    c->cgroup_count = 0;
    if (wanted & SP_MUTE_TARGETS && c->target_length)
        find_target(s);
    if (wanted & SP_MUTE_CGROUP)
        find_cgroups(s);
    return 0;
}

/* ---- Filters ---- */

struct mute_search {
    struct scratch *scratch;
    __u32 filter, kind;
    struct {
        __u64 found;
    } at;
};

/* Whether a mute names that, for an operation. */
static __always_inline bool is_muted(__u32 filter, __u32 kind, __u64 value, __u64 other, __u32 operation)
{
    struct sp_mute key = {.filter = filter, .kind = kind, .value = value, .other = other};
    __u64 *operations = bpf_map_lookup_elem(&mutes, &key);
    return operations && (*operations >> (operation & (SP_OPERATIONS - 1)) & 1);
}

static long mute_step(__u32 index, struct mute_search *search)
{
    struct criteria *c = &search->scratch->criteria;
    __u64 value = search->kind == SP_MUTE_CGROUP ? c->cgroup[index & (SP_MAX_CGROUP_DEPTH - 1)]
                                                 : c->prefix[index & (SP_MAX_PREFIXES - 1)];
    if (!is_muted(search->filter, search->kind, value, 0, search->scratch->record.operation))
        return 0;
    search->at.found = 1;
    return 1;
}

/* Whether any of the object's directories, or of the subject's cgroups, is named. */
__noinline int any_is_muted(struct scratch *s, __u32 filter, __u32 kind, __u32 number)
{
    if (!s)
        return 0;
    struct mute_search search = {.scratch = s, .filter = filter, .kind = kind};
    forget(&search.at, sizeof(search.at));
    bpf_loop(number & 127, mute_step, &search, 0);
    return search.at.found != 0;
}

/* Whether the record passes every kind of mute that the filter has. */
__noinline int passes(struct scratch *s, __u32 filter, __u32 kinds, __u32 inverted)
{
    if (!s)
        return 0;
    struct criteria *c = &s->criteria;
    __u32 operation = s->record.operation, named = 0;
    if (kinds & SP_MUTE_EXE && c->exe >= PROGRAM_KEYS && is_muted(filter, SP_MUTE_EXE, c->exe, 0, operation))
        named |= SP_MUTE_EXE;
    if (kinds & SP_MUTE_PROCESS &&
        is_muted(filter, SP_MUTE_PROCESS, s->record.subject.start_time, s->record.subject.pid, operation))
        named |= SP_MUTE_PROCESS;
    if (kinds & SP_MUTE_TARGET && c->target_length && is_muted(filter, SP_MUTE_TARGET, c->target, 0, operation))
        named |= SP_MUTE_TARGET;
    if (kinds & SP_MUTE_TARGET_BELOW && c->target_length &&
        any_is_muted(s, filter, SP_MUTE_TARGET_BELOW, c->prefix_count))
        named |= SP_MUTE_TARGET_BELOW;
    if (kinds & SP_MUTE_CGROUP && any_is_muted(s, filter, SP_MUTE_CGROUP, c->cgroup_count))
        named |= SP_MUTE_CGROUP;
    if (named & ~inverted)
        return 0;
    __u32 wanted = inverted & ~SP_MUTE_TARGETS;
    return (named & wanted) == wanted && (!(inverted & SP_MUTE_TARGETS) || (named & SP_MUTE_TARGETS));
}

/* ---- Handing over ---- */

struct offer {
    struct scratch *scratch;
};

static long offer_step(__u32 index, struct offer *o)
{
    struct scratch *s = o->scratch;
    __u32 slot = index & (SP_MAX_SUBSCRIBERS - 1);
    if (!(runtime.subscribers >> slot & 1))
        return 0;
    struct sp_subscriber *to = bpf_map_lookup_elem(&subscribers, &slot);
    void *ring = bpf_map_lookup_elem(&rings, &slot);
    if (!to || !ring || !(to->state & SP_SUBSCRIBER_BEGUN))
        return 0;
    struct sp_record *r = &s->record;
    __u32 active = to->active & 1, operation = r->operation & (SP_OPERATIONS - 1);
    struct sp_filter *f = &to->filter[active];
    bool denied = r->verdict == SP_VERDICT_DENY;
    bool wanted = (f->operations >> operation & 1) && !(f->denied_only && r->verdict == SP_VERDICT_ALLOW);
    if (wanted && f->kinds)
        wanted = passes(s, slot * 2 + active, f->kinds, f->inverted);
    if (!wanted && (denied || !(f->context >> operation & 1)))
        return 0;
    if (to->pending)
        tell_losses(to, ring);
    r->flags = wanted ? 0 : SP_RECORD_CONTEXT;
    r->subscriber_sequence = wanted ? __sync_fetch_and_add(&to->sequence, 1) + 1 : to->sequence;
    __u32 length = r->length;
    asm volatile("" : "+r"(length));
    if (length > MAX_RECORD_BYTES || !bpf_ringbuf_output(ring, r, length, 0))
        return 0;
    if (wanted) {
        lose(to, operation, 1, denied, r->subscriber_sequence);
    } else {
        __sync_fetch_and_add(&to->pending, 1);
    }
    if (f->context >> operation & 1)
        __sync_fetch_and_add(&to->lost_context, 1);
    return 0;
}

/* Hands the record on. A full ring: the record is lost and counted, the verdict stands. */
__noinline int submit(struct scratch *s)
{
    struct sp_control *c = control_words();
    if (!s || !c)
        return 0;
    struct sp_record *r = &s->record;
    /* Another load reports what passes. A denial is reported by who denies: the kernel asks no other program after it. */
    if (c->instance != config.instance && r->verdict != SP_VERDICT_DENY)
        return 0;
    r->sequence = __sync_fetch_and_add(&c->sequence, 1);
    __u32 length = r->length, operation = r->operation & (SP_OPERATIONS - 1);
    asm volatile("" : "+r"(length));
    if (length > MAX_RECORD_BYTES)
        return 0; /* can't be: begin_field refuses what doesn't fit */
    if (r->verdict != SP_VERDICT_ALLOW || (TABLE_OPERATIONS >> operation & 1)) {
        if (bpf_ringbuf_output(&events, r, length, 0) < 0) {
            count(SP_COUNT_LOST + operation, 1);
            if (r->verdict == SP_VERDICT_DENY)
                count(SP_COUNT_LOST_DENIALS, 1);
        }
    }
    if (!runtime.subscribers)
        return 0;
    if (runtime.criteria)
        find_criteria(s);
    struct offer o = {.scratch = s};
    bpf_loop(SP_MAX_SUBSCRIBERS, offer_step, &o, 0);
    return 0;
}

#endif
