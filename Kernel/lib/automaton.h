/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One walk over the path's bytes, whatever the number of patterns: path → state → class of paths.
 *
 * Some 14 instructions a byte, two loads that depend on each other. The walk stops in a sink: a path of which nothing
 * more can match, or everything does, isn't read to its end.
 */
#ifndef SALLYPORT_AUTOMATON_H
#define SALLYPORT_AUTOMATON_H

#define STEP_BYTES 8

struct automaton_walk {
    struct sp_policy_tables *tables;
    const char *path;
    struct {
        __u32 start; /* of the path */
        __u32 at;    /* the next byte to look at */
        __u32 state;
        __u32 automaton;
        __u32 ended;
        __u32 pad;
        __u32 class[SP_MAX_AUTOMATA];
    } at;
};

/* Notes the class that the path has in this automaton, and begins with the next one. */
static __always_inline long next_automaton(struct automaton_walk *w)
{
    struct sp_policy_tables *t = w->tables;
    __u32 automaton = w->at.automaton & (SP_MAX_AUTOMATA - 1), next = automaton + 1;
    __u32 state = w->at.state & (SP_MAX_STATES - 1);
    asm volatile("" : "+r"(state));
    if (state > SP_MAX_STATES - 1)
        return 1;
    w->at.class[automaton] = t->accept[state];
    w->at.automaton = next;
    w->at.at = w->at.start;
    w->at.ended = 0;
    w->at.state = t->start[next & (SP_MAX_AUTOMATA - 1)];
    return next >= t->automata || next >= SP_MAX_AUTOMATA;
}

/* Up to eight bytes of the path in one automaton. */
static long automaton_step(__u32 index, struct automaton_walk *w)
{
    struct sp_policy_tables *t = w->tables;
    if (w->at.ended)
        return next_automaton(w);
    __u32 at = w->at.at & (PATH_BUFFER - 1);
    asm volatile("" : "+r"(at));
    if (at > PATH_BUFFER - 1)
        return 1;
    const char *path = w->path + at;
    __u32 state = w->at.state;
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
            w->at.state = state;
            w->at.ended = 1;
            return 0;
        }
        __u32 slot = base + t->byte_class[byte];
        slot &= SP_MAX_TRANSITIONS - 1;
        asm volatile("" : "+r"(slot));
        if (slot > SP_MAX_TRANSITIONS - 1)
            return 1;
        struct sp_transition *entry = &t->transitions[slot];
        state = entry->check == state ? entry->target : row->fallback;
    }
    w->at.state = state;
    w->at.at = at + STEP_BYTES;
    return 0;
}

/* The classes that the automata put the path at s->path[start …] into. */
static __always_inline void walk_automata(struct sp_policy_tables *t, const char *path, __u32 start, __u32 *classes)
{
    struct automaton_walk w = {.tables = t, .path = path};
    w.at.start = w.at.at = start;
    w.at.state = t->start[0];
    forget(&w.at, sizeof(w.at));
    bpf_loop((PATH_BUFFER / STEP_BYTES + 2) * SP_MAX_AUTOMATA, automaton_step, &w, 0);
#pragma unroll
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        classes[i] = w.at.class[i];
}

#endif
