/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records in the ring. */
#ifndef SALLYPORT_ABI_RECORDS_H
#define SALLYPORT_ABI_RECORDS_H

/* SP_RECORD_CONTEXT: sent for what the reader knows of processes, not to be shown. */
enum sp_record_flags { SP_RECORD_CONTEXT = 1 << 0 };

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
    SP_FIELD_TARGET = 7,  /* a second path: where a name goes to, what the other process executes */
    SP_FIELD_NAME = 8,    /* text: a module, a BPF program, an attribute */
    SP_FIELD_LOSSES = 9,  /* struct sp_losses, of SP_OP_GAP */
    SP_FIELD_ANSWER = 10, /* zero-separated: whose answer or default decided, what that was, why */
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
    sp_u8 flags;         /* enum sp_record_flags */
    sp_u32 length;       /* of the whole record */
    sp_u32 cpu;
    sp_u64 sequence;       /* one count for all records, lost ones included; SP_OP_SYNC: the marker's number */
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
    sp_u64 subscriber_sequence; /* the place among the records of one subscriber, from 1; 0 in the daemon's ring */
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

_Static_assert(sizeof(struct sp_identity) == 24, "sp_identity");
_Static_assert(sizeof(struct sp_credentials) == 32, "sp_credentials");
_Static_assert(sizeof(struct sp_namespaces) == 32, "sp_namespaces");
_Static_assert(sizeof(struct sp_file) == 40, "sp_file");
_Static_assert(sizeof(struct sp_field) == 8, "sp_field");
_Static_assert(sizeof(struct sp_record) == 48 + 72 + 32 + 32 + 40 + 8 + 16 + 24 + 32 + 8, "sp_record");
_Static_assert(__builtin_offsetof(struct sp_record, subject) == 48, "sp_record.subject");
_Static_assert(__builtin_offsetof(struct sp_record, credentials) == 120, "sp_record.credentials");
_Static_assert(__builtin_offsetof(struct sp_record, file) == 184, "sp_record.file");
_Static_assert(__builtin_offsetof(struct sp_record, comm) == 232, "sp_record.comm");
_Static_assert(__builtin_offsetof(struct sp_record, access) == 248, "sp_record.access");

#endif
