/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one contract between the kernel programs and user space: records, policy tables, counters, control words.
 *
 * Imported by Kernel/sallyport.bpf.c and by Swift (module KernelABI). Fixed widths, explicit padding, no pointers.
 * Layouts are asserted at the end. Bump SP_ABI_VERSION whenever a size, an offset or a meaning changes: a daemon adopts
 * maps that an earlier one left pinned only if their version is its own.
 */
#ifndef SALLYPORT_ABI_H
#define SALLYPORT_ABI_H

#if defined(__bpf__)
typedef __u8 sp_u8;
typedef __u16 sp_u16;
typedef __u32 sp_u32;
typedef __u64 sp_u64;
typedef __s32 sp_s32;
#else
#include <stdint.h>
typedef uint8_t sp_u8;
typedef uint16_t sp_u16;
typedef uint32_t sp_u32;
typedef uint64_t sp_u64;
typedef int32_t sp_s32;
#endif

#define SP_ABI_VERSION 1u

/* ---- Operations. The numbers are stable: 0 is none, new ones are appended. ---- */

enum sp_operation {
    SP_OP_NONE = 0,
    SP_OP_PROCESS_EXEC = 1,
    SP_OP_PROCESS_CREATE = 2,
    SP_OP_PROCESS_EXIT = 3,
    SP_OP_IMAGE_LOAD = 4,
    /* Not operations: records of the start-up snapshot, written by the task iterator. */
    SP_OP_SNAPSHOT = 15,
};
#define SP_OPERATIONS 16u /* slots in every table by operation */

/* ---- Policy tables: one value of one array map is one generation. ---- */

#define SP_MAX_RULES 4096u
#define SP_MAX_AUTOMATA 4u
#define SP_MAX_STATES (1u << 19)
#define SP_MAX_TRANSITIONS (1u << 20)
#define SP_MAX_SET_WORDS (1u << 18)
#define SP_MAX_CLASSES (1u << 16)
#define SP_MAX_PATH 4095u /* bytes of a path that are matched, without the terminating zero */

/*
 * A state of a path automaton. A step on byte b in state s:
 *   entry = transitions[(s.base & ~SP_STATE_SINK) + byte_class[b]]
 *   next  = entry.check == index of s ? entry.target : s.fallback
 * A sink (SP_STATE_SINK set in base) has no way out: the walk stops there.
 */
#define SP_STATE_SINK 0x80000000u
struct sp_state {
    sp_u32 base;
    sp_u32 fallback;
};

struct sp_transition {
    sp_u32 check;
    sp_u32 target;
};

/*
 * A set of rules: sets[offset] is a summary, bit w set when word w (rules 64w … 64w+63) isn't empty; the words that
 * aren't empty follow in order. Offset 0 holds the empty set (summary 0).
 */
struct sp_class {
    sp_u32 object_set;  /* offset of the rules whose object condition this class of paths satisfies */
    sp_u32 subject_set; /* the same for subject conditions */
};

enum sp_action {
    SP_ACTION_ALLOW = 1,
    SP_ACTION_DENY = 2,
    SP_ACTION_AUDIT = 3, /* a deny rule of a policy in audit mode: reported, doesn't end its tier */
    SP_ACTION_PASS = 4,  /* an allow rule of a policy in audit mode: ends its own policy's evaluation, nothing else */
};

struct sp_rule {
    sp_u8 action; /* enum sp_action */
    sp_u8 tier;   /* 0 platform, 1 site, 2 vendors: a lower tier's verdict ends the evaluation */
    sp_u16 pad;
    sp_u32 policy_end; /* number of the first rule after this rule's policy */
};

struct sp_policy_tables {
    sp_u64 generation;
    sp_u32 abi_version;
    sp_u32 automata; /* number in use, 0 … SP_MAX_AUTOMATA */
    sp_u32 start[SP_MAX_AUTOMATA];
    sp_u32 rule_count;
    sp_u32 subject_conditions; /* 1 when any rule has one: else no subject's path is ever walked */
    /* Rules whose condition an unresolvable path satisfies; a class of its own, no automaton involved. */
    struct sp_class unresolvable;
    /* Rules without a condition on the object (object_set), for operations that have no file object. */
    struct sp_class absent;
    sp_u32 operation_set[SP_OPERATIONS]; /* offset of the rules on that operation */
    sp_u8 byte_class[256];
    struct sp_rule rules[SP_MAX_RULES];
    struct sp_class classes[SP_MAX_CLASSES];
    sp_u32 accept[SP_MAX_STATES]; /* state → class */
    struct sp_state states[SP_MAX_STATES];
    struct sp_transition transitions[SP_MAX_TRANSITIONS];
    sp_u64 sets[SP_MAX_SET_WORDS];
};

/* ---- Records in the ring ---- */

enum sp_verdict { SP_VERDICT_ALLOW = 0, SP_VERDICT_DENY = 1, SP_VERDICT_AUDIT = 2 };

#define SP_NO_RULE 0xffffffffu

struct sp_identity {
    sp_u32 pid; /* thread group id, initial pid namespace */
    sp_u32 tid;
    sp_u64 start_time; /* group leader's start_boottime, ns */
    sp_u64 exec_count; /* task_struct.self_exec_id */
};

struct sp_credentials {
    sp_u32 uid, gid, euid, egid;
    sp_u64 cap_effective;
    sp_u32 loginuid;
    sp_u32 pad;
};

struct sp_namespaces {
    sp_u32 mnt, pid, net, user, uts, ipc, cgroup;
    sp_u32 pad;
};

enum sp_file_flags {
    SP_FILE_DELETED = 1 << 0,
    SP_FILE_MEMFD = 1 << 1,
    SP_FILE_TMPFS = 1 << 2,
    SP_FILE_SETUID = 1 << 3,
    SP_FILE_SETGID = 1 << 4,
    SP_FILE_WORLD_WRITABLE = 1 << 5,
    SP_FILE_OVERLAY = 1 << 6,
    /* 1 << 7: reserved (upper layer of an overlay) */
    SP_FILE_SCRIPT = 1 << 8,
    SP_FILE_MPROTECT = 1 << 9,
};

struct sp_file {
    sp_u64 inode;
    sp_u32 device; /* s_dev */
    sp_u32 generation;
    sp_u64 size; /* bytes */
    sp_u32 mode;
    sp_u32 uid;
    sp_u32 gid;
    sp_u32 flags; /* enum sp_file_flags */
};

enum sp_unresolvable {
    SP_RESOLVED = 0,
    SP_PATH_TOO_LONG = 1,
    SP_PATH_ANONYMOUS = 2,
    SP_PATH_DETACHED = 3,
    SP_PATH_PRIVATE_NAMESPACE = 4,
    SP_PATH_RACED = 5,
    SP_PATH_NO_MEMORY = 6,
};

/* Fields of variable length follow the fixed part, each 8-byte aligned; a reader skips types that it doesn't know. */
enum sp_field_type {
    SP_FIELD_PATH = 1,        /* the object's path */
    SP_FIELD_INTERPRETER = 2, /* what runs the script that SP_FIELD_PATH names */
    SP_FIELD_EXE = 3,         /* the subject's executable (snapshot: the process's) */
    SP_FIELD_CWD = 4,
    SP_FIELD_ARGV = 5, /* zero-separated */
    SP_FIELD_CGROUP = 6,
};

struct sp_field {
    sp_u16 type;
    sp_u8 unresolvable; /* enum sp_unresolvable, for paths */
    sp_u8 truncated;    /* 1 when the bytes were cut at a limit */
    sp_u32 length;      /* of the bytes that follow; the next field starts at the next multiple of 8 */
};

struct sp_record {
    sp_u16 version;
    sp_u16 operation;
    sp_u16 fixed_length; /* of this structure as the writer knew it: fields start here */
    sp_u8 verdict;       /* enum sp_verdict */
    sp_u8 instance_pad;
    sp_u32 length; /* of the whole record */
    sp_u32 cpu;
    sp_u64 sequence;       /* one count for all records, lost ones included */
    sp_u64 monotonic_time; /* ktime_get_boot_ns */
    sp_u64 generation;     /* of the policy tables that decided */
    sp_u32 rule;           /* that decided, or SP_NO_RULE */
    sp_s32 exit_status;    /* process.exit */
    struct sp_identity subject;
    struct sp_identity parent;
    struct sp_identity child; /* process.create */
    struct sp_credentials credentials;
    struct sp_namespaces namespaces;
    struct sp_file file;
    sp_u64 cgroup_id;
    char comm[16];
};

#define SP_MAX_ARGV 4096u
#define SP_MAX_RECORD 24576u

/* ---- Counters: an array of __u64, updated atomically; user space reads them as they are. ---- */

enum sp_counter {
    /* Records lost because the ring was full: by operation, then denials among them. */
    SP_COUNT_LOST = 0,                                        /* + operation */
    SP_COUNT_DENIED = SP_COUNT_LOST + SP_OPERATIONS,          /* + operation: denials, reported or not */
    SP_COUNT_DECIDED = SP_COUNT_DENIED + SP_OPERATIONS,       /* + operation: decisions taken */
    SP_COUNT_UNRESOLVABLE = SP_COUNT_DECIDED + SP_OPERATIONS, /* + enum sp_unresolvable */
    SP_COUNT_LOST_DENIALS = SP_COUNT_UNRESOLVABLE + 8,
    SP_COUNT_NO_SCRATCH,
    SP_COUNT_NO_TABLES,
    SP_COUNT_NO_STORAGE,
    SP_COUNT_REFUSED_BLIND, /* refused because the path couldn't be read at that moment */
    SP_COUNTERS,
};

/* ---- Control words that the daemon writes and the programs read: one value of a one-element array map. ---- */

struct sp_control {
    sp_u64 instance;   /* which loaded object reports; others decide, and report what they deny */
    sp_u64 notify;     /* bit per operation: report it when allowed */
    sp_u64 sequence;   /* next sequence number; written by the programs */
    sp_u64 generation; /* of the policy tables installed last */
    sp_u32 abi_version;
    sp_u32 sealed; /* reserved: 0 */
    /* Losses that a daemon has reported as gaps: one that takes over reports the rest. */
    sp_u64 lost_reported[SP_OPERATIONS];
    sp_u64 lost_denials_reported;
};

/* ---- Set before loading; constants to the programs and to the verifier. ---- */

struct sp_config {
    sp_u64 instance;     /* which load this is: see sp_control.instance */
    sp_u32 scratch_mask; /* slots of `scratch` minus one: a power of two, at least four times the processors */
    sp_u32 pad;
};

/* ---- Arguments of the SEC("syscall") programs that tests run by BPF_PROG_TEST_RUN ---- */

struct sp_decide_request {
    sp_u32 operation;
    sp_u32 object_length;  /* of object_path in slot 0 of the map test_paths; 0xffffffff: unresolvable */
    sp_u32 subject_length; /* slot 1, likewise */
    sp_u32 verdict;        /* out: enum sp_verdict */
    sp_u32 rule;           /* out */
    sp_u32 pad;
};

_Static_assert(sizeof(struct sp_state) == 8, "sp_state");
_Static_assert(sizeof(struct sp_transition) == 8, "sp_transition");
_Static_assert(sizeof(struct sp_class) == 8, "sp_class");
_Static_assert(sizeof(struct sp_rule) == 8, "sp_rule");
_Static_assert(sizeof(struct sp_identity) == 24, "sp_identity");
_Static_assert(sizeof(struct sp_credentials) == 32, "sp_credentials");
_Static_assert(sizeof(struct sp_namespaces) == 32, "sp_namespaces");
_Static_assert(sizeof(struct sp_file) == 40, "sp_file");
_Static_assert(sizeof(struct sp_field) == 8, "sp_field");
_Static_assert(sizeof(struct sp_record) == 48 + 72 + 32 + 32 + 40 + 8 + 16, "sp_record");
_Static_assert(__builtin_offsetof(struct sp_record, subject) == 48, "sp_record.subject");
_Static_assert(__builtin_offsetof(struct sp_record, credentials) == 120, "sp_record.credentials");
_Static_assert(__builtin_offsetof(struct sp_record, file) == 184, "sp_record.file");
_Static_assert(__builtin_offsetof(struct sp_record, comm) == 232, "sp_record.comm");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, rules) % 8 == 0, "sp_policy_tables.rules");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, states) % 8 == 0, "sp_policy_tables.states");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, sets) % 8 == 0, "sp_policy_tables.sets");
_Static_assert(sizeof(struct sp_control) == 176, "sp_control");
_Static_assert(sizeof(struct sp_config) == 16, "sp_config");
_Static_assert(sizeof(struct sp_decide_request) == 24, "sp_decide_request");

#if !defined(__bpf__)
/* Swift doesn't import fields with so many elements: these are their places, from the compiler. */
static const sp_u64 sp_policy_tables_size = sizeof(struct sp_policy_tables);
static const sp_u64 sp_policy_tables_start = __builtin_offsetof(struct sp_policy_tables, start);
static const sp_u64 sp_policy_tables_operation_set = __builtin_offsetof(struct sp_policy_tables, operation_set);
static const sp_u64 sp_policy_tables_byte_class = __builtin_offsetof(struct sp_policy_tables, byte_class);
static const sp_u64 sp_policy_tables_rules = __builtin_offsetof(struct sp_policy_tables, rules);
static const sp_u64 sp_policy_tables_classes = __builtin_offsetof(struct sp_policy_tables, classes);
static const sp_u64 sp_policy_tables_accept = __builtin_offsetof(struct sp_policy_tables, accept);
static const sp_u64 sp_policy_tables_states = __builtin_offsetof(struct sp_policy_tables, states);
static const sp_u64 sp_policy_tables_transitions = __builtin_offsetof(struct sp_policy_tables, transitions);
static const sp_u64 sp_policy_tables_sets = __builtin_offsetof(struct sp_policy_tables, sets);
#endif

#endif
