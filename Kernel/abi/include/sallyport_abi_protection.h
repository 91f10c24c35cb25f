/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is protected, by whom for whom: the maps of Kernel/protection, which stay in the kernel when the daemon is gone.
 * They have a version of their own: under the seal a daemon goes on with the programs of the one before it.
 */
#ifndef SALLYPORT_ABI_PROTECTION_H
#define SALLYPORT_ABI_PROTECTION_H

#define SP_PROTECTION_VERSION 3u

/* Whose something is. Numbers above are vendors', given by the daemon. */
#define SP_OWNER_NONE 0u
#define SP_OWNER_PLATFORM 1u

/* A file or directory, as the kernel knows it while its file system is mounted. */
struct sp_guard_key {
    sp_u64 inode;
    sp_u32 device; /* s_dev */
    sp_u32 generation;
};

enum sp_guard_flags {
    SP_GUARD_CONTENT = 1 << 0,    /* isn't written, truncated, or given other attributes */
    SP_GUARD_NAME = 1 << 1,       /* isn't unlinked, renamed, linked or covered by a mount */
    SP_GUARD_TREE = 1 << 2,       /* a directory: so is everything below it, and nothing is created there */
    SP_GUARD_EXECUTABLE = 1 << 3, /* a process that executes it is its owner's */
    SP_GUARD_CHILDREN = 1 << 4,   /* and so is what such a process executes, with no right to act */
    SP_GUARD_LIBRARY = 1 << 5,    /* an owner's process may map it and stay one */
    SP_GUARD_SHUTDOWN = 1 << 6,   /* executed by process 1 the machine is going down */
    SP_GUARD_MANAGER = 1 << 7,    /* a process that executes it may move others between cgroups when sealed */
};

struct sp_guard {
    sp_u32 owner;
    sp_u32 flags;
    sp_u64 entry; /* the daemon's number for it */
};

enum sp_guarded_flags {
    SP_GUARDED_ACTS = 1 << 0,  /* it may do to its owner's objects what others may not */
    SP_GUARDED_TRACE = 1 << 1, /* process 1: only traces and writes to its memory are refused */
    SP_GUARDED_CHILDREN = 1 << 2,
};

/* A task by its number in the initial pid namespace. */
struct sp_guarded_task {
    sp_u32 owner;
    sp_u32 flags;
    sp_u64 entry;
};

/* A cgroup by its number. */
struct sp_guarded_cgroup {
    sp_u32 owner;
    sp_u32 above; /* 1: a guarded task lives below it, 0: in it */
};

enum sp_bpf_kind { SP_BPF_MAP = 1, SP_BPF_PROGRAM = 2, SP_BPF_LINK = 3 };
struct sp_bpf_key {
    sp_u32 kind;
    sp_u32 id;
};

/* A file of /proc/sys that others don't write to: its name, filled up with zeros. */
struct sp_sysctl_key {
    char name[32];
};
enum sp_sysctl_when { SP_SYSCTL_ALWAYS = 1, SP_SYSCTL_SEALED = 2 };

/* What the seal refuses unless the site said otherwise when it sealed. */
enum sp_sealed_allow {
    SP_SEALED_ALLOW_MODULES = 1 << 0,
    SP_SEALED_ALLOW_TRACING = 1 << 1,
    SP_SEALED_ALLOW_HARDWARE = 1 << 2,
    SP_SEALED_ALLOW_KEXEC = 1 << 3,
};

#define SP_TASK_FILTER 65536u
#define SP_INODE_FILTER 65536u
#define SP_DEVICE_FILTER 256u
#define SP_GUARD_ROOM 16384u

/* One value of a one-element array map: words that the daemon writes and the programs read, or the reverse. */
struct sp_protection {
    sp_u32 version;
    sp_u32 sealed;           /* 1 until the machine is started again */
    sp_u32 going_down;       /* process 1 has executed what ends the machine */
    sp_u32 mount_namespace;  /* number of the one that executables are taken for their owner's in */
    sp_u32 sealed_allow;     /* enum sp_sealed_allow */
    sp_u32 identify;         /* the daemon's thread that opens a file to be told its key; 0 is none */
    sp_u32 identified_flags; /* enum sp_identified_flags */
    struct sp_guard_key identified;
    struct sp_guard_key state; /* the daemon's state directory when it was sealed */
    sp_u64 identified_mount;   /* address of the mount that it was opened by */
    sp_u64 identified_root;    /* address of that mount's root */
    sp_u64 root_mount;         /* addresses of the mount that the daemon's root directory is on, and of its entry */
    sp_u64 root_entry;
    sp_u64 refused;
    sp_u64 lost; /* refusals that weren't reported: nobody had read the ring */
    sp_u64 instance;
    sp_u64 device_filter[SP_DEVICE_FILTER / 64]; /* a bit a file system's number, modulo, likewise */
    sp_u64 task_filter[SP_TASK_FILTER / 64];     /* a bit a pid, modulo: none is guarded whose bit is 0 */
    sp_u64 inode_filter[SP_INODE_FILTER / 64];   /* a bit an inode number, modulo, likewise */
    sp_u64 tree_filter[SP_INODE_FILTER / 64];    /* the same of directories whose tree is guarded */
};

enum sp_identified_flags { SP_IDENTIFIED = 1, SP_IDENTIFIED_WRITERS = 2 };

enum sp_refusal_kind {
    SP_REFUSED_OBJECT = 0,     /* what is touched is protected */
    SP_REFUSED_BPF_OBJECT = 1, /* a map, program or link of the platform's */
    SP_REFUSED_SEALED = 2,     /* the seal refuses it */
    SP_LOST_RIGHTS = 3,        /* not a refusal: an owner's process has mapped a foreign file executable */
    SP_NOT_TRUSTED = 4,        /* not a refusal: an owner's executable was started in a way that isn't trusted */
    SP_MOVED = 5,              /* not a refusal: a guarded task was moved to another cgroup */
    SP_GOES_DOWN = 6,          /* not a refusal: process 1 ends the machine */
};

/* Values of the map `guarded_devices`, by s_dev. */
enum sp_device_flags {
    SP_DEVICE_TREES = 1 << 0, /* a file system with something guarded on it */
    SP_DEVICE_BLOCK = 1 << 1, /* a block device below such a one */
};

#define SP_REFUSAL_NAMES 4
#define SP_REFUSAL_NAME 64
/* In the ring `refusals`. */
struct sp_refusal {
    sp_u64 time; /* ktime_get_boot_ns */
    sp_u64 entry;
    sp_u64 inode;
    sp_u64 start_time; /* of the subject's leader */
    sp_u64 object_start_time;
    sp_u32 owner;
    sp_u32 kind; /* enum sp_refusal_kind */
    sp_u32 operation;
    sp_u32 access;
    sp_u32 signal; /* number + 1 */
    sp_u32 way;
    sp_u32 area;
    sp_u32 pid, tid;
    sp_u32 object_pid, object_tid;
    sp_u32 device;
    sp_u32 generation;
    sp_u32 mode;
    sp_u32 levels; /* from the object up to what is protected; 0 is that itself */
    sp_u32 detail; /* of SP_NOT_TRUSTED and SP_REFUSED_SEALED: which reason */
    char comm[16];
    char names[SP_REFUSAL_NAMES][SP_REFUSAL_NAME]; /* the object's, its directory's, … */
};

enum sp_distrust {
    SP_DISTRUST_TRACED = 1,    /* it is traced, or shares its memory or file system context */
    SP_DISTRUST_SECCOMP = 2,   /* a filter that it began with could answer its system calls */
    SP_DISTRUST_NAMESPACE = 3, /* it is in another mount namespace, or has another root */
    SP_DISTRUST_USER = 4,      /* it isn't root's */
    SP_DISTRUST_MEMORY = 5,    /* its memory would lie where others can tell, or be executable throughout */
};

_Static_assert(sizeof(struct sp_guard_key) == 16, "sp_guard_key");
_Static_assert(sizeof(struct sp_guard) == 16, "sp_guard");
_Static_assert(sizeof(struct sp_guarded_task) == 16, "sp_guarded_task");
_Static_assert(sizeof(struct sp_guarded_cgroup) == 8, "sp_guarded_cgroup");
_Static_assert(sizeof(struct sp_protection) == 120 + SP_DEVICE_FILTER / 8 + 3 * 8192, "sp_protection");
_Static_assert(sizeof(struct sp_refusal) == 40 + 64 + 16 + 256, "sp_refusal");

#endif
