/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel memory, read for the daemon: programs of type syscall, which are run by it and by nobody else. They can be preempted,
 * and one run reads a quarter of a MiB at most, 0.25 ms here under emulation.
 *
 *   integrity_read     a range, page after page
 *   integrity_gather   a few bytes at each of many places
 *   integrity_walk     a linked list: its elements' addresses and some of their fields
 *
 * No locks are taken: what changes meanwhile is seen as it is at some moment, or the walk is lost. Who draws conclusions looks
 * again. Reading never faults: what isn't mapped is missing, and said to be. Under lockdown's `confidentiality` the kernel
 * refuses all of it (LOCKDOWN_BPF_READ_KERNEL): everything is missing then.
 */

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_memory_request);
} requests SEC(".maps");

struct memory_bytes {
    __u8 bytes[SP_MEMORY_BYTES];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct memory_bytes);
} memory SEC(".maps");

struct memory_places {
    __u64 address[SP_GATHER_PLACES];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct memory_places);
} places SEC(".maps");

#define THE_ONE(map) bpf_map_lookup_elem(&map, &(__u32){0})

/* Bytes from `address` to `at` in the memory; false: not read, zero. */
static __always_inline bool take_bytes(struct memory_bytes *m, __u32 at, __u32 length, __u32 most, __u64 address)
{
    asm volatile("" : "+r"(at), "+r"(length));
    if (at > SP_MEMORY_BYTES - most || length > most)
        return false;
    return bpf_probe_read_kernel(m->bytes + at, length, (void *)address) == 0;
}

static long read_step(__u32 index, void *unused)
{
    struct sp_memory_request *r = THE_ONE(requests);
    struct memory_bytes *m = THE_ONE(memory);
    if (!r || !m)
        return 1; /* can't be: arrays have their one value */
    __u64 first = r->read.address & ~(__u64)(SP_MEMORY_PAGE - 1);
    __u64 from = index ? first + index * SP_MEMORY_PAGE : r->read.address;
    __u64 to = first + (index + 1) * SP_MEMORY_PAGE, end = r->read.address + r->read.length;
    if (from >= end)
        return 1;
    if (to > end)
        to = end;
    if (!take_bytes(m, from - r->read.address, to - from, SP_MEMORY_PAGE, from)) {
        r->read.missing++;
        r->read.unread |= 1ull << (index & 63);
    }
    return 0;
}

SEC("syscall")
int integrity_read(void *context)
{
    struct sp_memory_request *r = THE_ONE(requests);
    if (!r)
        return 1; /* can't be */
    r->read.missing = 0;
    r->read.unread = 0;
    bpf_loop(SP_MEMORY_PAGES, read_step, 0, 0);
    return 0;
}

static long gather_step(__u32 index, void *unused)
{
    struct sp_memory_request *r = THE_ONE(requests);
    struct memory_bytes *m = THE_ONE(memory);
    struct memory_places *p = THE_ONE(places);
    if (!r || !m || !p || index >= SP_GATHER_PLACES)
        return 1; /* can't be */
    if (!take_bytes(m, index * SP_GATHER_BYTES, r->gather.length, SP_GATHER_BYTES, p->address[index])) {
        r->gather.missing++;
        p->address[index] = 0;
    }
    return 0;
}

SEC("syscall")
int integrity_gather(void *context)
{
    struct sp_memory_request *r = THE_ONE(requests);
    if (!r)
        return 1; /* can't be */
    r->gather.missing = 0;
    __u32 count = r->gather.count;
    bpf_loop(count < SP_GATHER_PLACES ? count : SP_GATHER_PLACES, gather_step, 0, 0);
    return 0;
}

static long walk_step(__u32 index, void *unused)
{
    struct sp_memory_request *r = THE_ONE(requests);
    struct memory_bytes *m = THE_ONE(memory);
    if (!r || !m)
        return 1; /* can't be */
    struct sp_memory_walk *w = &r->walk;
    if (!w->next || w->next == w->head)
        return 1; /* its end */
    if (w->count >= w->limit || w->count >= SP_WALK_ELEMENTS) {
        w->end = SP_WALK_FULL;
        return 1;
    }
    __u64 element = w->next - w->link;
    __u32 at = index * w->record, used = sizeof(element);
    asm volatile("" : "+r"(at));
    if (at > SP_MEMORY_BYTES - sizeof(element))
        return 1; /* can't be, by the limits */
    __builtin_memcpy(m->bytes + at, &element, sizeof(element));
#pragma clang loop unroll(disable)
    for (int field = 0; field < SP_WALK_FIELDS; field++) {
        if (field >= w->fields)
            break;
        __u32 length = w->field[field].length;
        if (used + length > w->record ||
            !take_bytes(m, at + used, length, SP_WALK_FIELD_BYTES, element + w->field[field].offset)) {
            w->end = SP_WALK_LOST;
            return 1;
        }
        used += length;
    }
    __u64 next = 0;
    if (bpf_probe_read_kernel(&next, sizeof(next), (void *)(w->next + w->follow))) {
        w->end = SP_WALK_LOST;
        return 1;
    }
    w->next = next;
    w->count++;
    return 0;
}

SEC("syscall")
int integrity_walk(void *context)
{
    struct sp_memory_request *r = THE_ONE(requests);
    if (!r)
        return 1; /* can't be */
    r->walk.count = 0;
    r->walk.end = SP_WALK_DONE;
    bpf_loop(SP_WALK_ELEMENTS + 1, walk_step, 0, 0);
    return 0;
}
