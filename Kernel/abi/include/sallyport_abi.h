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

#define SP_ABI_VERSION 2u

/* ---- Operations. The numbers are stable: 0 is none, new ones are appended. ---- */

enum sp_operation {
    SP_OP_NONE = 0,
    SP_OP_PROCESS_EXEC = 1,
    SP_OP_PROCESS_CREATE = 2,
    SP_OP_PROCESS_EXIT = 3,
    SP_OP_IMAGE_LOAD = 4,
    SP_OP_PROCESS_OPEN = 5,
    SP_OP_THREAD_OPEN = 6,
    SP_OP_PROCESS_SIGNAL = 7,
    SP_OP_PROCESS_CONTROL = 8,
    SP_OP_PROCESS_CREDENTIALS = 9,
    SP_OP_THREAD_CREATE = 10,
    SP_OP_MEMORY_MAP_EXECUTABLE = 11,
    SP_OP_MEMORY_MAKE_EXECUTABLE = 12,
    SP_OP_IMAGE_LOAD_MODULE = 13,
    SP_OP_IMAGE_LOAD_BPF = 14,
    SP_OP_IMAGE_LOAD_KERNEL = 15,
    SP_OP_IMAGE_LOAD_FIRMWARE = 16,
    SP_OP_FILE_OPEN = 17,
    SP_OP_FILE_CREATE = 18,
    SP_OP_FILE_UNLINK = 19,
    SP_OP_FILE_RENAME = 20,
    SP_OP_FILE_LINK = 21,
    SP_OP_FILE_SET_ATTRIBUTES = 22,
    SP_OP_FILE_TRUNCATE = 23,
    SP_OP_FILE_MOUNT = 24,
    SP_OP_KERNEL_ACCESS = 25,
    /* Not operations: records of the start-up snapshot, written by the task iterator. */
    SP_OP_SNAPSHOT = 31,
};
#define SP_OPERATIONS 32u /* slots in every table by operation */

/* ---- What belongs to some operations only. The numbers are stable. ---- */

/* EndpointModel.Access in its order, from 1; SP_ACCESS_READ_WRITE is a file opened for both. */
enum sp_access {
    SP_ACCESS_NONE = 0,
    SP_ACCESS_INSPECT = 1,
    SP_ACCESS_ATTACH = 2,
    SP_ACCESS_READ_MEMORY = 3,
    SP_ACCESS_WRITE_MEMORY = 4,
    SP_ACCESS_GET_FD = 5,
    SP_ACCESS_READ = 6,
    SP_ACCESS_WRITE = 7,
    SP_ACCESS_PRIORITY = 8,
    SP_ACCESS_IO_PRIORITY = 9,
    SP_ACCESS_SCHEDULER = 10,
    SP_ACCESS_LIMITS = 11,
    SP_ACCESS_MOVE_PAGES = 12,
    SP_ACCESS_CGROUP = 13,
    SP_ACCESS_USER = 14,
    SP_ACCESS_GROUP = 15,
    SP_ACCESS_GROUPS = 16,
    SP_ACCESS_CAPABILITIES = 17,
    SP_ACCESS_EXEC = 18,
    SP_ACCESS_MODE = 19,
    SP_ACCESS_OWNER = 20,
    SP_ACCESS_TIMES = 21,
    SP_ACCESS_EXTENDED_ATTRIBUTE = 22,
    SP_ACCESS_MOUNT = 23,
    SP_ACCESS_UNMOUNT = 24,
    SP_ACCESS_REMOUNT = 25,
    SP_ACCESS_MOVE_MOUNT = 26,
    SP_ACCESS_PIVOT_ROOT = 27,
    SP_ACCESS_READ_WRITE = 31,
};
#define SP_ACCESSES 32u

/* EndpointModel.KernelArea in its order, from 1. */
enum sp_area {
    SP_AREA_NONE = 0,
    SP_AREA_MEMORY = 1,
    SP_AREA_MSR = 2,
    SP_AREA_PORTS = 3,
    SP_AREA_PROBES = 4,
    SP_AREA_SYMBOLS = 5,
    SP_AREA_SYSCTL = 6,
    SP_AREA_DEBUG = 7,
    SP_AREA_HARDWARE = 8,
    SP_AREA_PERFORMANCE = 9,
    SP_AREA_BPF = 10,
    SP_AREA_OTHER = 11,
};
#define SP_AREAS 32u

/* EndpointModel.MappingKind in its order: a bit each. */
enum sp_mapping {
    SP_MAPPING_ANONYMOUS = 1 << 0,
    SP_MAPPING_WRITABLE = 1 << 1,
    SP_MAPPING_WAS_WRITABLE = 1 << 2,
    SP_MAPPING_MODIFIED = 1 << 3,
    SP_MAPPING_STACK = 1 << 4,
    SP_MAPPING_HEAP = 1 << 5,
    SP_MAPPING_MEMFD = 1 << 6,
    SP_MAPPING_SHARED_MEMORY = 1 << 7,
    SP_MAPPING_DELETED = 1 << 8,
};
#define SP_MAPPINGS 512u

#define SP_SIGNALS 128u

/* EndpointModel.FileFlag in its order: a bit each. SP_FILE_MPROTECT isn't a flag that rules ask for. */
enum sp_file_flags {
    SP_FILE_DELETED = 1 << 0,
    SP_FILE_MEMFD = 1 << 1,
    SP_FILE_TMPFS = 1 << 2,
    SP_FILE_SETUID = 1 << 3,
    SP_FILE_SETGID = 1 << 4,
    SP_FILE_WORLD_WRITABLE = 1 << 5,
    SP_FILE_OVERLAY = 1 << 6,
    SP_FILE_OVERLAY_UPPER = 1 << 7,
    SP_FILE_SCRIPT = 1 << 8,
    SP_FILE_MPROTECT = 1 << 9,
};
#define SP_FLAGS 512u

/* ---- Policy tables: one value of one array map is one generation. ---- */

#define SP_MAX_RULES 4096u /* clauses: a rule is one, or more if it has `not` with several fields */
#define SP_SET_WORDS 64u   /* of 64 rules each */
#define SP_MAX_AUTOMATA 4u
#define SP_MAX_STATES (1u << 19)
#define SP_MAX_TRANSITIONS (1u << 20)
#define SP_MAX_SET_WORDS (1u << 18)
#define SP_MAX_CLASSES (1u << 16)
#define SP_MAX_VALUES 4096u
#define SP_MAX_LISTS 192u
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
 *
 * Every field has, for each value that it can take, the set of rules that this value satisfies; rules without a
 * condition on the field are in all of them. A decision is the intersection over the fields.
 */

/* A process is a rule's subject or its object, and there are sets for either. */
enum sp_side { SP_SIDE_SUBJECT = 0, SP_SIDE_OBJECT = 1 };
#define SP_SIDES 2u

/* Fields whose value is a path: one walk gives the sets of all of them. */
enum sp_path_field {
    SP_PATH_FILE = 0,
    /* + 4 * enum sp_side */
    SP_PATH_EXE = 1,
    SP_PATH_CGROUP = 2,
    SP_PATH_CONTAINER = 3,
    SP_PATH_INTERPRETER = 4,
};
#define SP_PATH_FIELDS 10u /* the last one isn't used */

struct sp_class {
    sp_u32 set[SP_PATH_FIELDS]; /* offsets of sets, by enum sp_path_field */
    sp_u64 ancestors;           /* lists of ancestors that the class satisfies: a bit each, see struct sp_list */
};

/* A value that isn't a path, found by its key; sorted by it. */
enum sp_value_kind {
    SP_VALUE_USER = 1,
    SP_VALUE_GROUP = 2,
    SP_VALUE_FILESYSTEM = 3, /* key: the type's name, FNV-1a of 64 bits, the kind in place of the top byte */
};
#define SP_VALUE_KEY(kind, value) ((sp_u64)(kind) << 56 | (value))
struct sp_value {
    sp_u64 key;
    sp_u64 groups;        /* lists of groups that the group is in: a bit each */
    sp_u32 set[SP_SIDES]; /* user: by side; file system: [SP_SIDE_OBJECT] */
};

/* A list of which any may hold for a value of several parts. Each is one condition on either side. */
enum sp_list_kind { SP_LIST_ANCESTOR = 1, SP_LIST_GROUP = 2, SP_LIST_CAPABILITY = 3 };
struct sp_list {
    sp_u8 kind; /* enum sp_list_kind */
    sp_u8 bit;  /* of sp_class.ancestors or sp_value.groups */
    sp_u16 pad;
    sp_u32 pad2;
    sp_u64 capabilities;      /* SP_LIST_CAPABILITY: any of these */
    sp_u32 holds[SP_SIDES];   /* rules that are satisfied, as far as this list goes, where it holds */
    sp_u32 fails[SP_SIDES];   /* where it doesn't */
    sp_u32 unknown[SP_SIDES]; /* where it can't be told: ancestors that couldn't be kept */
};

/* A digest that rules name. In an array of its own, sorted; see sp_policy_tables.digests. */
enum sp_digest_field {
    SP_DIGEST_FILE = 0,
    SP_DIGEST_EXE = 1, /* + enum sp_side */
    SP_DIGEST_VERITY = 3,
};
#define SP_DIGEST_FIELDS 4u
struct sp_digest {
    sp_u64 word[4]; /* the digest's bytes, each eight as a big-endian number */
    sp_u32 set[SP_DIGEST_FIELDS];
};
#define SP_MAX_DIGESTS (1u << 21)

/* Fields that any rule has a condition on: what isn't needed isn't found out. */
enum sp_field_used {
    SP_USED_PATH = 1 << 0,
    SP_USED_FLAGS = 1 << 1,
    SP_USED_FILESYSTEM = 1 << 2,
    SP_USED_DIGEST = 1 << 3,
    SP_USED_VERITY = 1 << 4,
    SP_USED_ACCESS = 1 << 5,
    SP_USED_SIGNAL = 1 << 6,
    SP_USED_MAPPING = 1 << 7,
    SP_USED_AREA = 1 << 8,
    /* << 8 * enum sp_side */
    SP_USED_EXE = 1 << 16,
    SP_USED_CGROUP = 1 << 17,
    SP_USED_CONTAINER = 1 << 18,
    SP_USED_INTERPRETER = 1 << 19,
    SP_USED_USER = 1 << 20,
    SP_USED_EXE_DIGEST = 1 << 21,
    SP_USED_LISTS = 1 << 22,
    SP_USED_ANY = 1 << 23, /* any field of that side */
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
    sp_u32 used;       /* enum sp_field_used */
    sp_u32 operations; /* bit per operation that any rule concerns */
    sp_u32 value_count;
    sp_u32 list_count;
    sp_u32 digest_count;
    sp_u32 digest_slot; /* which value of the map `digests` is this generation's */
    sp_u32 pad;
    /* Rules that an unresolvable path satisfies; a class of its own, no automaton involved. */
    struct sp_class unresolvable;
    /* Rules that are satisfied where there is no path: an interpreter of what isn't a script. */
    struct sp_class absent;
    sp_u32 other_user[SP_SIDES];             /* users that no rule names */
    sp_u32 other_filesystem;                 /* file systems that no rule names */
    sp_u32 all_rules;                        /* the set of all of them */
    sp_u32 other_digest[SP_DIGEST_FIELDS];   /* known, and named by no rule */
    sp_u32 unknown_digest[SP_DIGEST_FIELDS]; /* verity: the file has none */
    sp_u32 operation_set[SP_OPERATIONS];     /* rules on that operation */
    sp_u32 access_set[SP_ACCESSES];          /* by enum sp_access */
    sp_u32 area_set[SP_AREAS];               /* by enum sp_area */
    sp_u32 signal_set[SP_SIGNALS];           /* by number */
    sp_u32 mapping_set[SP_MAPPINGS];         /* by all of enum sp_mapping together */
    sp_u32 flags_set[SP_FLAGS];              /* by enum sp_file_flags without SP_FILE_MPROTECT */
    sp_u8 byte_class[256];
    struct sp_list lists[SP_MAX_LISTS];
    struct sp_value values[SP_MAX_VALUES];
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
    SP_FIELD_TARGET = 7, /* a second path: where a name goes to, what the other process executes */
    SP_FIELD_NAME = 8,   /* text: a module, a BPF program, an attribute */
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
    struct sp_identity other; /* process.create: the child; operations on a process: that process */
    struct sp_credentials credentials;
    struct sp_namespaces namespaces;
    struct sp_file file;
    sp_u64 cgroup_id;
    char comm[16];
    sp_u32 access;  /* enum sp_access */
    sp_u32 way;     /* enum sp_way */
    sp_u32 signal;  /* number + 1; 0 is none */
    sp_u32 mapping; /* enum sp_mapping */
    sp_u32 area;    /* enum sp_area */
    sp_u32 pad;
    struct sp_credentials next; /* process.credentials: who the process would be */
};

/* The way in, where one operation can come by several. */
enum sp_way {
    SP_WAY_NONE = 0,
    SP_WAY_PTRACE = 1,
    SP_WAY_TRACEME = 2,
    SP_WAY_VM_READ = 3,
    SP_WAY_VM_WRITE = 4,
    SP_WAY_PROC_MEM = 5,
    SP_WAY_PROC = 6,
    SP_WAY_PIDFD_GETFD = 7,
    SP_WAY_KCMP = 8,
    SP_WAY_OTHER = 9,
    SP_WAY_IO_URING = 10,
};

#define SP_MAX_ARGV 4096u
#define SP_MAX_RECORD 24576u

/* Why something kept was computed again. */
enum sp_invalidation {
    SP_INVALID_NEW = 0,             /* a subject's sets: nothing was kept */
    SP_INVALID_GENERATION = 1,      /* a subject's: the policy changed */
    SP_INVALID_EXECUTION = 2,       /* a subject's: it executed something */
    SP_INVALID_CREDENTIALS = 3,     /* a subject's: its user, groups or capabilities changed */
    SP_INVALID_CGROUP = 4,          /* a subject's: it was moved */
    SP_INVALID_DIGEST = 5,          /* a subject's: its executable's digest became known */
    SP_INVALID_FILE_NEW = 6,        /* a file's: nothing was kept */
    SP_INVALID_FILE_GENERATION = 7, /* a file's: the policy changed */
    SP_INVALID_FILE_NAME = 8,       /* a file's: it was met by another name or mount */
    SP_INVALID_FILE_RENAME = 9,     /* a file's: something was renamed */
    SP_INVALID_FILE_MOUNT = 10,     /* a file's: something was mounted */
    SP_INVALID_FILE_CHANGE = 11,    /* a file's: its links, mode, owner or content changed */
};

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
    SP_COUNT_REFUSED_BLIND,                             /* refused because the path couldn't be read at that moment */
    SP_COUNT_WALKS,                                     /* paths walked for a decision */
    SP_COUNT_INVALIDATED,                               /* + enum sp_invalidation */
    SP_COUNT_PROGRAMS_FULL = SP_COUNT_INVALIDATED + 16, /* executables that weren't remembered for their descendants */
    SP_COUNT_DIGEST_UNKNOWN,                            /* decisions that needed a digest nobody had */
    SP_COUNTERS,
};

/* ---- Control words that the daemon writes and the programs read: one value of a one-element array map. ---- */

struct sp_control {
    sp_u64 instance;   /* which loaded object reports; others decide, and report what they deny */
    sp_u64 sequence;   /* next sequence number; written by the programs */
    sp_u64 generation; /* of the policy tables installed last */
    sp_u32 abi_version;
    sp_u32 sealed; /* reserved: 0 */
    /* Losses that a daemon has reported as gaps: one that takes over reports the rest. */
    sp_u64 lost_reported[SP_OPERATIONS];
    sp_u64 lost_denials_reported;
};

/* Which content of which file: any write changes it. */
struct sp_content {
    sp_u64 inode;
    sp_u64 size;
    sp_u64 change_seconds; /* ctime */
    sp_u32 change_nanoseconds;
    sp_u32 device;
    sp_u32 generation;
    sp_u32 pad; /* 0, or the only thread that may take the digest for its content's */
};
struct sp_content_digest {
    sp_u64 word[4]; /* as in sp_digest */
};

/* What a load's programs share with the daemon that loaded them: the value of the map `.data.runtime`. */
#define SP_STRIPES 16u
struct sp_runtime {
    sp_u64 notify; /* bit per operation: report it when allowed */
    sp_u64 pad[7];
    /* Decisions that ended before anything about the object was looked at, by processor modulo the stripes. */
    sp_u64 fast[SP_STRIPES][SP_OPERATIONS];
};

/* ---- Set before loading; constants to the programs and to the verifier. ---- */

struct sp_config {
    sp_u64 instance;     /* which load this is: see sp_control.instance */
    sp_u32 scratch_mask; /* slots of `scratch` minus one: a power of two, at least four times the processors */
    sp_u32 pad;
};

/* ---- Arguments of the SEC("syscall") programs that tests run by BPF_PROG_TEST_RUN ---- */

/* Paths lie in the map test_paths: see enum sp_test_path. A length of 0xffffffff is an unresolvable path. */
enum sp_test_path {
    SP_TEST_FILE = 0,
    /* + 3 * enum sp_side */
    SP_TEST_EXE = 1,
    SP_TEST_CGROUP = 2,
    SP_TEST_ANCESTOR = 3,
};
#define SP_TEST_PATHS 7u
#define SP_TEST_GROUPS 4u
struct sp_test_process {
    sp_u32 is_script;
    sp_u32 uid;
    sp_u32 groups[SP_TEST_GROUPS];
    sp_u32 group_count;
    sp_u32 has_ancestor;
    sp_u32 unknown_ancestors;
    sp_u32 has_digest;
    sp_u64 capabilities;
    sp_u64 digest[4];
};
struct sp_decide_request {
    sp_u32 operation;
    sp_u32 access;
    sp_u32 signal; /* the number */
    sp_u32 mapping;
    sp_u32 area;
    sp_u32 object; /* 0 none, 1 a file, 2 a process */
    sp_u32 flags;
    sp_u32 has_digest;
    sp_u32 has_verity;
    sp_u32 length[SP_TEST_PATHS];
    char filesystem[16];
    sp_u64 digest[4];
    sp_u64 verity[4];
    struct sp_test_process process[SP_SIDES];
    sp_u32 verdict; /* out: enum sp_verdict */
    sp_u32 rule;    /* out */
};

_Static_assert(sizeof(struct sp_state) == 8, "sp_state");
_Static_assert(sizeof(struct sp_transition) == 8, "sp_transition");
_Static_assert(sizeof(struct sp_class) == 48, "sp_class");
_Static_assert(sizeof(struct sp_value) == 24, "sp_value");
_Static_assert(sizeof(struct sp_list) == 40, "sp_list");
_Static_assert(sizeof(struct sp_digest) == 48, "sp_digest");
_Static_assert(sizeof(struct sp_rule) == 8, "sp_rule");
_Static_assert(sizeof(struct sp_identity) == 24, "sp_identity");
_Static_assert(sizeof(struct sp_credentials) == 32, "sp_credentials");
_Static_assert(sizeof(struct sp_namespaces) == 32, "sp_namespaces");
_Static_assert(sizeof(struct sp_file) == 40, "sp_file");
_Static_assert(sizeof(struct sp_field) == 8, "sp_field");
_Static_assert(sizeof(struct sp_record) == 48 + 72 + 32 + 32 + 40 + 8 + 16 + 24 + 32, "sp_record");
_Static_assert(__builtin_offsetof(struct sp_record, subject) == 48, "sp_record.subject");
_Static_assert(__builtin_offsetof(struct sp_record, credentials) == 120, "sp_record.credentials");
_Static_assert(__builtin_offsetof(struct sp_record, file) == 184, "sp_record.file");
_Static_assert(__builtin_offsetof(struct sp_record, comm) == 232, "sp_record.comm");
_Static_assert(__builtin_offsetof(struct sp_record, access) == 248, "sp_record.access");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, lists) % 8 == 0, "sp_policy_tables.lists");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, values) % 8 == 0, "sp_policy_tables.values");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, rules) % 8 == 0, "sp_policy_tables.rules");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, classes) % 8 == 0, "sp_policy_tables.classes");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, states) % 8 == 0, "sp_policy_tables.states");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, sets) % 8 == 0, "sp_policy_tables.sets");
_Static_assert(sizeof(struct sp_control) == 296, "sp_control");
_Static_assert(sizeof(struct sp_content) == 40, "sp_content");
_Static_assert(sizeof(struct sp_content_digest) == 32, "sp_content_digest");
_Static_assert(sizeof(struct sp_runtime) == 64 + 16 * 256, "sp_runtime");
_Static_assert(sizeof(struct sp_config) == 16, "sp_config");
_Static_assert(sizeof(struct sp_test_process) == 80, "sp_test_process");
_Static_assert(sizeof(struct sp_decide_request) == 64 + 16 + 64 + 160 + 8, "sp_decide_request");

#if !defined(__bpf__)
/* Swift doesn't import fields with so many elements: these are their places, from the compiler. */
static const sp_u64 sp_policy_tables_size = sizeof(struct sp_policy_tables);
static const sp_u64 sp_policy_tables_start = __builtin_offsetof(struct sp_policy_tables, start);
static const sp_u64 sp_policy_tables_other_digest = __builtin_offsetof(struct sp_policy_tables, other_digest);
static const sp_u64 sp_policy_tables_unknown_digest = __builtin_offsetof(struct sp_policy_tables, unknown_digest);
static const sp_u64 sp_policy_tables_operation_set = __builtin_offsetof(struct sp_policy_tables, operation_set);
static const sp_u64 sp_policy_tables_access_set = __builtin_offsetof(struct sp_policy_tables, access_set);
static const sp_u64 sp_policy_tables_area_set = __builtin_offsetof(struct sp_policy_tables, area_set);
static const sp_u64 sp_policy_tables_signal_set = __builtin_offsetof(struct sp_policy_tables, signal_set);
static const sp_u64 sp_policy_tables_mapping_set = __builtin_offsetof(struct sp_policy_tables, mapping_set);
static const sp_u64 sp_policy_tables_flags_set = __builtin_offsetof(struct sp_policy_tables, flags_set);
static const sp_u64 sp_policy_tables_lists = __builtin_offsetof(struct sp_policy_tables, lists);
static const sp_u64 sp_policy_tables_values = __builtin_offsetof(struct sp_policy_tables, values);
static const sp_u64 sp_policy_tables_byte_class = __builtin_offsetof(struct sp_policy_tables, byte_class);
static const sp_u64 sp_policy_tables_rules = __builtin_offsetof(struct sp_policy_tables, rules);
static const sp_u64 sp_policy_tables_classes = __builtin_offsetof(struct sp_policy_tables, classes);
static const sp_u64 sp_policy_tables_accept = __builtin_offsetof(struct sp_policy_tables, accept);
static const sp_u64 sp_policy_tables_states = __builtin_offsetof(struct sp_policy_tables, states);
static const sp_u64 sp_policy_tables_transitions = __builtin_offsetof(struct sp_policy_tables, transitions);
static const sp_u64 sp_policy_tables_sets = __builtin_offsetof(struct sp_policy_tables, sets);
#endif

#endif
