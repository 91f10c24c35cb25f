/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters, control words, and what is kept of files: maps that user space and the programs share. */
#ifndef SALLYPORT_ABI_CONTROL_H
#define SALLYPORT_ABI_CONTROL_H

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
    /* Records lost because the daemon's ring was full: by operation, then denials among them. */
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
    SP_COUNT_UNDELIVERED, /* + operation: records lost on the way to a subscriber, one by one */
    SP_COUNT_LAST = SP_COUNT_UNDELIVERED + SP_OPERATIONS - 1,
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

/* In the ring `digest_requests`: a content that nobody knows the digest of, and where it lay. The daemon answers by an
 * entry in the map `content_digests`. */
#define SP_MAX_REQUEST_PATH 4096u
struct sp_digest_request {
    struct sp_content content;
    sp_u32 pid;             /* who met it, initial pid namespace */
    sp_u32 mount_namespace; /* its number: the path is from the root of that */
    sp_u32 length;          /* of the path */
    sp_u32 pad;
    char path[SP_MAX_REQUEST_PATH]; /* only `length` bytes of it are in the ring */
};

/* An executable by path: a value of the map `programs`. */
#define SP_PROGRAM_PATH 512u
#define SP_PROGRAM_KEYS 16u /* keys below are reasons: 0 unknown, else enum sp_unresolvable */
struct sp_program {
    sp_u64 generation; /* that the classes are of; 0 while they are written */
    sp_u32 class_of[SP_MAX_AUTOMATA];
    sp_u32 length;
    sp_u32 writer; /* taken by who writes the classes */
    char path[SP_PROGRAM_PATH];
};

/* What a load's programs share with the daemon that loaded them: the value of the map `.data.runtime`. */
#define SP_STRIPES 16u
struct sp_runtime {
    sp_u64 notify; /* bit per operation: report it when allowed */
    /* The daemon's thread that reads files for their digests, by its pid_tgid; 0 is none. What it does isn't decided: the
     * rule that asks for a digest would deny taking it. */
    sp_u64 digest_taker;
    sp_u64 subscribers; /* bit per subscriber that is sent records */
    sp_u64 criteria;    /* enum sp_mute_kind: what any of their filters asks about */
    sp_u64 pass_epoch;  /* of the passes in force (struct sp_pass); none is of epoch 0 */
    sp_u64 pad[3];
    /* Decisions that ended before anything about the object was looked at, by processor modulo the stripes. */
    sp_u64 fast[SP_STRIPES][SP_OPERATIONS];
};

/* A file that passes the gate unasked: a value of the map `gate_passes`, written by the daemon. */
struct sp_pass {
    sp_u64 epoch;  /* it holds as long as sp_runtime.pass_epoch is this one */
    sp_u64 writes; /* and the file's value of the map `gate_writes`: how often it was opened for writing */
};

/* ---- Set before loading; constants to the programs and to the verifier. ---- */

struct sp_config {
    sp_u64 instance;     /* which load this is: see sp_control.instance */
    sp_u32 scratch_mask; /* slots of `scratch` minus one: a power of two, at least four times the processors */
    sp_u32 pad;
    sp_u64 hash_key[2]; /* see SP_HASH_STEP: secret, below SP_HASH_PRIME */
    /* Addresses of the kernel's seqlocks of that name; 0 is unknown. Not by libbpf's __ksym, which reads all of
     * /proc/kallsyms by sscanf for each load: 3 s under emulation, against 0.4 s. */
    sp_u64 rename_lock, mount_lock;
};

_Static_assert(sizeof(struct sp_control) == 296, "sp_control");
_Static_assert(sizeof(struct sp_content) == 40, "sp_content");
_Static_assert(sizeof(struct sp_content_digest) == 32, "sp_content_digest");
_Static_assert(__builtin_offsetof(struct sp_digest_request, path) == 56, "sp_digest_request.path");
_Static_assert(sizeof(struct sp_program) == 32 + 512, "sp_program");
_Static_assert(sizeof(struct sp_runtime) == 64 + 16 * 256, "sp_runtime");
_Static_assert(sizeof(struct sp_pass) == 16, "sp_pass");
_Static_assert(sizeof(struct sp_config) == 48, "sp_config");

#endif
