/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One walk over the path's bytes, whatever the number of patterns: path → state → class of paths.
 *
 * Some 14 instructions a byte, two loads that depend on each other. The walk stops in a sink: a path of which nothing
 * more can match, or everything does, isn't read to its end.
 */
#ifndef SALLYPORT_AUTOMATON_H
#define SALLYPORT_AUTOMATON_H

#define STEP_BYTES 16

struct automaton_walk {
    struct sp_policy_tables *tables;
    const char *path;
    __u32 start;
    __u32 state;
};

static long automaton_step(__u32 index, struct automaton_walk *w)
{
    struct sp_policy_tables *t = w->tables;
    __u32 at = (w->start + index * STEP_BYTES) & (PATH_BUFFER - 1);
    asm volatile("" : "+r"(at));
    if (at > PATH_BUFFER - 1)
        return 1;
    const char *path = w->path + at;
    __u32 state = w->state;
#pragma unroll
    for (int i = 0; i < STEP_BYTES; i++) {
        state &= SP_MAX_STATES - 1;
        asm volatile("" : "+r"(state));
        if (state > SP_MAX_STATES - 1)
            return 1;
        struct sp_state *row = &t->states[state];
        __u32 base = row->base;
        __u8 byte = path[i];
        if (!byte || (base & SP_STATE_SINK)) { /* the end, or nothing can change any more */
            w->state = state;
            return 1;
        }
        __u32 slot = base + t->byte_class[byte];
        slot &= SP_MAX_TRANSITIONS - 1;
        asm volatile("" : "+r"(slot));
        if (slot > SP_MAX_TRANSITIONS - 1)
            return 1;
        struct sp_transition *entry = &t->transitions[slot];
        state = entry->check == state ? entry->target : row->fallback;
    }
    w->state = state;
    return 0;
}

/* The class that automaton `number` puts the path at s->path[start …] into. */
static __always_inline __u32 classify(struct sp_policy_tables *t, const char *path, __u32 start, __u32 number)
{
    struct automaton_walk w = {
        .tables = t, .path = path, .start = start, .state = t->start[number & (SP_MAX_AUTOMATA - 1)]};
    bpf_loop(PATH_BUFFER / STEP_BYTES, automaton_step, &w, 0);
    return t->accept[w.state & (SP_MAX_STATES - 1)] & (SP_MAX_CLASSES - 1);
}

#endif
