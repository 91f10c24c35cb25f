/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Executables by path. A process is what it executed, where that lay when it was executed: kept here, so that neither a
 * rename nor PR_SET_MM_EXE_FILE changes who it is, and descendants can be decided by programs that have ended.
 */
#ifndef SALLYPORT_PROGRAM_H
#define SALLYPORT_PROGRAM_H

struct text_walk {
    const char *text;
    const char *other;
    struct {
        __u64 value;
    } at;
};

static long hash_step(__u32 index, struct text_walk *w)
{
    __u32 at = index * 8 & (PROGRAM_PATH - 1);
    asm volatile("" : "+r"(at));
    if (at > PROGRAM_PATH - 8)
        return 1;
    w->at.value = MIX(w->at.value, *(const __u64 *)(w->text + at));
    w->at.value ^= w->at.value >> 29;
    return 0;
}

static long compare_step(__u32 index, struct text_walk *w)
{
    __u32 at = index * 8 & (PROGRAM_PATH - 1);
    asm volatile("" : "+r"(at));
    if (at > PROGRAM_PATH - 8)
        return 1;
    w->at.value |= *(const __u64 *)(w->text + at) ^ *(const __u64 *)(w->other + at);
    return 0;
}

/*
 * The key of the executable whose path `r` describes in s->path, made known if it isn't: below PROGRAM_KEYS when it has
 * none. Uses s->tail.
 */
static __always_inline __u64 intern_program(struct scratch *s, struct resolved *r)
{
    if (r->unresolvable)
        return r->unresolvable == SP_PATH_RACED || r->unresolvable == SP_PATH_NO_MEMORY ? 0 : r->unresolvable;
    __u32 start = r->start & (PATH_BUFFER - 1);
    __u32 length = PATH_END - start;
    if (length >= PROGRAM_PATH)
        return 0;
    struct sp_program *fresh = (struct sp_program *)s->tail;
    __builtin_memset(fresh, 0, sizeof(*fresh));
    fresh->length = length;
    asm volatile("" : "+r"(length));
    if (length < PROGRAM_PATH)
        bpf_probe_read_kernel(fresh->path, length, s->path + start);
    struct text_walk hash = {.text = fresh->path, .at.value = length};
    forget(&hash.at, sizeof(hash.at));
    bpf_loop(length / 8 + 1, hash_step, &hash, 0);
    __u64 key = hash.at.value | PROGRAM_KEYS;
    struct sp_program *known = bpf_map_lookup_elem(&programs, &key);
    if (!known) {
        /* 6.1 takes a value from a map, not from memory that was handed to a function: the same, looked up. */
        __u32 slot = s->slot;
        struct scratch *own = bpf_map_lookup_elem(&scratch, &slot);
        if (own)
            bpf_map_update_elem(&programs, &key, own->tail, BPF_NOEXIST);
        known = bpf_map_lookup_elem(&programs, &key);
        if (!known) {
            count(SP_COUNT_PROGRAMS_FULL, 1);
            return 0;
        }
    }
    /* A hash isn't an identity: another path with the same key has the place, and this one is walked each time. */
    struct text_walk pair = {.text = fresh->path, .other = known->path, .at.value = known->length ^ length};
    forget(&pair.at, sizeof(pair.at));
    bpf_loop(length / 8 + 1, compare_step, &pair, 0);
    return pair.at.value ? 0 : key;
}

/* The classes of a known executable's path, walked once a generation; CLASSES_MISSING if it isn't known. */
__noinline int classify_program(struct sp_policy_tables *t, struct scratch *s, __u64 key, struct classes *out)
{
    if (!t || !s || !out)
        return 0;
    out->kind = CLASSES_MISSING;
    if (!key)
        return 0;
    if (key < PROGRAM_KEYS) {
        out->kind = CLASSES_UNRESOLVABLE;
        return 0;
    }
    struct sp_program *p = bpf_map_lookup_elem(&programs, &key);
    if (!p)
        return 0;
    volatile __u64 *generation = &p->generation;
    if (*generation == t->generation) {
        out->kind = CLASSES_WALKED;
#pragma unroll
        for (int i = 0; i < SP_MAX_AUTOMATA; i++)
            out->number[i] = p->class_of[i];
        if (*generation == t->generation) /* nobody wrote in between */
            return 0;
    }
    struct resolved r = {.start = PATH_END};
    __u32 length = p->length & (PROGRAM_PATH - 1);
    r.start = PATH_END - length;
    s->path[PATH_END] = 0;
    asm volatile("" : "+r"(length));
    length &= PROGRAM_PATH - 1;
    bpf_probe_read_kernel(s->path + (PATH_END - PROGRAM_PATH) + (PROGRAM_PATH - length), length, p->path);
    classify_path(t, s, &r, out);
    if (__sync_val_compare_and_swap(&p->writer, 0, 1) != 0)
        return 0; /* somebody else keeps them, maybe of another generation */
    *generation = 0;
    asm volatile("" ::: "memory");
#pragma unroll
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        p->class_of[i] = out->number[i];
    asm volatile("" ::: "memory");
    *generation = t->generation;
    __sync_lock_test_and_set(&p->writer, 0);
    return 0;
}

#endif
