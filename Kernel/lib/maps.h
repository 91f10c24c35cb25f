/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the object, with its limit. User space finds them by these names (KernelPrograms.Map). */
#ifndef SALLYPORT_MAPS_H
#define SALLYPORT_MAPS_H

/* In a section of its own: the compiler puts tables of its own into .rodata. */
const volatile struct sp_config config SEC(".rodata.config") = {.instance = 1, .scratch_mask = 15};

/* One generation of policy. Replaced as a whole: one atomic store into `policy`. */
struct policy_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_policy_tables);
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct policy_map);
} policy SEC(".maps");

/* Records to the daemon. Full means lost and counted; decisions don't depend on it. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 16 << 20);
} events SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, SP_COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} counters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_control);
} control SEC(".maps");

/*
 * Scratch memory to build a path and a record in. Not per CPU: a program may be preempted, and another one on the same
 * CPU would write over it. A slot is taken by compare-and-swap and given back at the end of the program.
 */
#define PATH_BUFFER 4096u
#define PATH_PAD 256u
#define TAIL_MASK 0x3fffu
#define TAIL_PAD 4352u
struct scratch {
    char path[PATH_BUFFER + PATH_PAD]; /* built from the end backwards; byte 4095 is the terminating zero */
    struct sp_record record;
    char tail[TAIL_MASK + 1 + TAIL_PAD];
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, struct scratch);
} scratch SEC(".maps");
#define MAX_SCRATCH 1024u
__u32 scratch_busy[MAX_SCRATCH];

/* The script of an execution under way, kept from the hook that sees it to the tracepoint that reports success. */
struct pending_script {
    struct sp_file file;
    __u32 length;
    __u8 unresolvable;
    __u8 pad[3];
    char path[PATH_BUFFER];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 256);
    __type(key, __u64);
    __type(value, struct pending_script);
} scripts SEC(".maps");

/*
 * Functions that aren't static are verified once, on their own, instead of at every call: that keeps the programs within
 * the verifier's budget on kernels that follow callbacks (6.12 and later). They take numbers and memory, never kernel
 * pointers (those travel as __u64 and are read by probe), return int, and check every pointer they get.
 */

/*
 * Makes the verifier forget what it knows of stack memory that a loop's callback changes. 6.1 checks a callback as if it
 * ran once, with the values that the caller stored, and removes the branches that those values don't take; on later
 * iterations they would be missed. (6.8 and later check any number of iterations.) Every loop here starts with this.
 */
static __always_inline void forget(void *memory, __u32 size)
{
    bpf_probe_read_kernel(memory, size, memory);
}

/* A kernel pointer as a number, which the verifier lets pass into a global function. */
static __always_inline __u64 address_of(const void *pointer)
{
    __u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &pointer);
    return address;
}

static __always_inline void count(__u32 counter, __u64 amount)
{
    __u64 *value = bpf_map_lookup_elem(&counters, &counter);
    if (value)
        __sync_fetch_and_add(value, amount);
}

static __always_inline struct sp_control *control_words(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline struct sp_policy_tables *current_tables(void)
{
    __u32 zero = 0;
    void *generation = bpf_map_lookup_elem(&policy, &zero);
    return generation ? bpf_map_lookup_elem(generation, &zero) : 0;
}

static __always_inline void give_scratch(__u32 slot)
{
    slot &= MAX_SCRATCH - 1;
    asm volatile("" : "+r"(slot));
    if (slot < MAX_SCRATCH)
        __sync_lock_test_and_set(&scratch_busy[slot], 0);
}

#define NO_SLOT 0xffffffffu
#define SCRATCH_TRIES 8

struct slot_search {
    __u32 first, found;
};

static long try_slot(__u32 index, struct slot_search *search)
{
    __u32 half = config.scratch_mask >> 1;
    __u32 candidate = (search->first + ((bpf_get_smp_processor_id() * 2 + index) & half)) & (MAX_SCRATCH - 1);
    asm volatile("" : "+r"(candidate));
    if (candidate >= MAX_SCRATCH)
        return 1;
    if (__sync_val_compare_and_swap(&scratch_busy[candidate], 0, 1) != 0)
        return 0;
    search->found = candidate;
    return 1;
}

/* Takes a slot; its number is returned through `slot` for giving it back. NULL when eight in a row are taken: the caller
 * then decides without a path (SP_PATH_NO_MEMORY). Half of the slots are root's and half everybody else's: on preemptible
 * kernels (7.x) users can hold slots while others wait. */
static __always_inline struct scratch *take_scratch(__u32 *slot)
{
    bool others = (__u32)bpf_get_current_uid_gid() != 0;
    struct slot_search search = {.first = others * ((config.scratch_mask >> 1) + 1), .found = NO_SLOT};
    forget(&search, sizeof(search));
    bpf_loop(SCRATCH_TRIES, try_slot, &search, 0);
    __u32 found = search.found;
    *slot = found;
    struct scratch *s = found == NO_SLOT ? 0 : bpf_map_lookup_elem(&scratch, &found);
    if (!s)
        count(SP_COUNT_NO_SCRATCH, 1);
    return s;
}

#endif
