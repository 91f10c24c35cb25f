/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the object, with its limit. User space finds them by these names (KernelPrograms.Map). */
#ifndef SALLYPORT_MAPS_H
#define SALLYPORT_MAPS_H

/* In a section of its own: the compiler puts tables of its own into .rodata. */
/* What tests that set nothing load with: locks that can't be read. */
const volatile struct sp_config config SEC(".rodata.config") = {
    .instance = 1, .scratch_mask = 15, .hash_key = {2, 3}, .rename_lock = 8, .mount_lock = 8};

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

/* Digests that rules name: the generations take turns, sp_policy_tables.digest_slot says which value is whose. The first
 * element's first word is the generation, the digests follow in order. */
struct digest_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, struct sp_digest);
};
struct digest_map no_digests SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 2);
    __type(key, __u32);
    __array(values, struct digest_map);
} digests SEC(".maps") = {.values = {&no_digests, &no_digests}};

/* Records that the daemon follows processes by. Full means lost and counted; decisions don't depend on it. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 16 << 20);
} events SEC(".maps");

/* A ring a subscriber, put in place by the daemon. */
struct ring_map {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SP_MAX_SUBSCRIBERS);
    __type(key, __u32);
    __array(values, struct ring_map);
} rings SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, SP_MAX_SUBSCRIBERS);
    __type(key, __u32);
    __type(value, struct sp_subscriber);
} subscribers SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, SP_MAX_MUTES);
    __type(key, struct sp_mute);
    __type(value, __u64);
} mutes SEC(".maps");

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

/* The sets of one field, one an automaton; their union counts. Unused ones are 0, the empty set. */
struct selection {
    __u32 set[SP_MAX_AUTOMATA];
};

/* What rules a process satisfies on one side, kept until something that they depend on changes. */
struct process_sets {
    __u64 generation; /* of the tables; 0 while it is written */
    __u64 exec_count;
    __u64 cgroup;
    __u64 capabilities;
    __u64 groups; /* a digest of them */
    __u64 digest; /* whether the executable's was known, and its first word */
    __u32 uid;
    __u32 writer;     /* taken by who writes */
    __u64 operations; /* bit per operation: some rule on it is satisfied */
    __u64 summary;    /* bit per word that isn't empty */
    __u64 words[SP_SET_WORDS];
};

#define MAX_ANCESTORS 24

/* What is known of a task beyond what the kernel keeps. A thread has its own: credentials are a thread's. */
struct subject {
    __u64 exec_count; /* the execution that `exe` is of */
    __u64 exe;        /* key in `programs`, or below PROGRAM_KEYS why there is none */
    __u8 known;
    __u8 is_script;
    __u8 incomplete; /* ancestors are missing */
    __u8 ancestor_count;
    __u8 met;          /* first seen acting: the next snapshot finds out its past */
    __u8 unresolvable; /* an ancestor's path was */
    __u16 pad;
    __u64 ancestors[MAX_ANCESTORS]; /* keys of what it and those it descends from ran before, each once */
    struct process_sets sets[SP_SIDES];
};

struct process_facts {
    __u64 exec_count;
    __u64 cgroup;
    __u64 capabilities;
    __u64 groups;
    __u32 uid;
    __u32 used; /* enum sp_field_used, of this side, moved to where the subject's are */
};

/* Which lists hold: the masks over all parts of the value. */
struct list_values {
    __u64 ancestors;
    __u64 groups;
    __u64 capabilities;
    __u32 unknown_ancestors;
    __u32 side;
};

/* What rules a file satisfies, kept until something that it depends on changes. */
struct path_set {
    __u64 generation; /* of the tables; 0 while it is written */
    __u64 mnt;        /* the name that it was met by: in this mount, */
    __u64 dentry;     /* this entry, */
    __u64 directory;  /* in the directory with this inode number */
    __u32 directory_generation;
    __u32 name_hash;
    __u32 renames, mounts; /* sequence counts of a walk that nothing changed under */
    struct selection set;
};
struct content_set {
    __u64 generation; /* as above */
    struct sp_content content;
    __u32 set;
    __u32 pad;
};
struct file_sets {
    struct path_set path;
    struct content_set content;
    __u32 writer; /* taken by who writes */
    __u32 pad;
};

/* The kernel's struct fsverity_digest, with room for a SHA-256. */
struct verity {
    __u16 algorithm;
    __u16 size;
    __u8 bytes[32];
    __u32 pad;
};

/* What filters ask about a record, found out once for all subscribers. */
struct criteria {
    __u64 exe;                      /* as in struct subject; 0 is the current task's */
    __u64 target;                   /* hash of the object's path */
    __u32 target_at, target_length; /* of that path in scratch.tail; length 0 is none */
    __u32 prefix_count, cgroup_count;
    __u64 prefix[SP_MAX_PREFIXES];
    __u64 cgroup[SP_MAX_CGROUP_DEPTH]; /* the process's own first */
};

#define MAX_GATHERED 256u
struct scratch {
    char path[PATH_BUFFER + PATH_PAD]; /* built from the end backwards; byte 4095 is the terminating zero */
    __u64 slot;                        /* its own number */
    __u32 renames, mounts; /* sequence counts of the last walk, if it was `steady`: nothing changed under it */
    __u32 steady;
    __u32 pad;
    struct attempt attempt;
    struct process_facts facts; /* of the process whose sets are made sure of */
    struct list_values lists;
    struct file_sets kept;                   /* a copy of what is kept of the object */
    struct sp_file file;                     /* of the object */
    struct verity verity;                    /* of the object, where attempt.has_verity says so */
    struct selection gathered[MAX_GATHERED]; /* the sets whose intersection a process's are */
    struct subject spare[SP_SIDES];          /* for a task without storage */
    struct criteria criteria;                /* of the record */
    struct sp_record record;
    char tail[TAIL_MASK + 1 + TAIL_PAD]; /* the record's fields: they go to the ring in one piece */
};
_Static_assert(__builtin_offsetof(struct scratch, tail) ==
                   __builtin_offsetof(struct scratch, record) + sizeof(struct sp_record),
               "a record's fields follow it");
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
/* How many are kept, or more: what others pushed out isn't taken off. While it is 0 there is nothing to forget. */
__u64 scripts_kept;

/* Executables by path, for as long as the machine runs: descendants are decided by them. What doesn't fit is found out by
 * walking, and unknown as an ancestor (SP_COUNT_PROGRAMS_FULL). */
#define PROGRAM_PATH SP_PROGRAM_PATH
#define PROGRAM_KEYS SP_PROGRAM_KEYS
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 8192);
    __type(key, __u64);
    __type(value, struct sp_program);
} programs SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct subject);
} subjects SEC(".maps");

/* By inode, for as long as it is in memory; made by the hooks that decide about executables, libraries and opened files. */
struct {
    __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct file_sets);
} file_sets SEC(".maps");

/* SHA-256 of files, by identity and version of the content: written by the collectors and by the daemon. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct sp_content);
    __type(value, struct sp_content_digest);
} content_digests SEC(".maps");

/* Contents whose digest the daemon was asked for, with the time: once a second each. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct sp_content);
    __type(value, __u64);
} digests_wanted SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} digest_requests SEC(".maps");

/* Files that verdicts are kept of, by inode: how often each was opened for writing since the daemon watches it. */
struct {
    __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} gate_writes SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct sp_pass);
} gate_passes SEC(".maps");
/* Epochs of passes that don't hold any more. When it is full the daemon has some to read. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} gate_ended SEC(".maps");

/* What belongs to this load alone, read and written in place: no look-up. */

struct sp_runtime runtime SEC(".data.runtime");

/*
 * Functions that aren't static (nor inlined) are verified once, on their own, instead of at every call: that keeps the programs within
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
#define SCRATCH_TRIES 64

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

/* Takes a slot; its number is returned through `slot` for giving it back. NULL when 64 in a row are taken: the caller
 * then decides without a path (SP_PATH_NO_MEMORY). Half of the slots are root's and half everybody else's: on preemptible
 * kernels (7.x) users can hold slots while others wait, and one processor's threads many of them: with 16 a half and
 * eight tries, 64 threads that open one file as fast as they can had one open in a hundred refused. */
static __always_inline struct scratch *take_scratch(__u32 *slot)
{
    bool others = (__u32)bpf_get_current_uid_gid() != 0;
    struct slot_search search = {.first = others * ((config.scratch_mask >> 1) + 1), .found = NO_SLOT};
    forget(&search, sizeof(search));
    bpf_loop(SCRATCH_TRIES, try_slot, &search, 0);
    __u32 found = search.found;
    *slot = found;
    struct scratch *s = found == NO_SLOT ? 0 : bpf_map_lookup_elem(&scratch, &found);
    if (s)
        s->slot = found;
    else
        count(SP_COUNT_NO_SCRATCH, 1);
    return s;
}

#endif
