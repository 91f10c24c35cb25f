/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading kernel memory for the checks of integrity: what the daemon asks of the programs in Kernel/integrity, and where they
 * leave what they read. Everything is bounded: one run reads a quarter of a MiB at most.
 */
#ifndef SALLYPORT_ABI_INTEGRITY_H
#define SALLYPORT_ABI_INTEGRITY_H

#define SP_MEMORY_PAGE 4096u
#define SP_MEMORY_PAGES 64u /* that one run may touch */
#define SP_MEMORY_BYTES 0x40000u
#define SP_GATHER_PLACES 4096u
#define SP_GATHER_BYTES 64u /* of a place, at most */
#define SP_WALK_FIELDS 8u
#define SP_WALK_FIELD_BYTES 256u
#define SP_WALK_RECORD 512u /* of an element, at most, its address included */
#define SP_WALK_ELEMENTS 512u

/* `integrity_read`: bytes from an address on, page after page. */
struct sp_memory_read {
    sp_u64 address;
    sp_u32 length;  /* so that no more than SP_MEMORY_PAGES are touched */
    sp_u32 missing; /* out: pages that couldn't be read; their bytes are zero */
    sp_u64 unread;  /* out: a bit for each of those, the first page's lowest */
};

/* `integrity_gather`: as many bytes from each of the addresses in the map `places`. */
struct sp_memory_gather {
    sp_u32 count;   /* at most SP_GATHER_PLACES */
    sp_u32 length;  /* of each, at most SP_GATHER_BYTES; they lie SP_GATHER_BYTES apart in `memory` */
    sp_u32 missing; /* out: places that couldn't be read; their address is 0 now */
    sp_u32 pad;
};

/* A part of each element of a list. */
struct sp_walk_field {
    sp_u32 offset; /* from the element's beginning */
    sp_u32 length; /* at most SP_WALK_FIELD_BYTES */
};

enum sp_walk_end {
    SP_WALK_DONE = 0, /* at the list's head, or where no link leads on */
    SP_WALK_FULL = 1, /* as many elements as were asked for: it goes on at `next` */
    SP_WALK_LOST = 2, /* an element, or a field, couldn't be read */
};

/* `integrity_walk`: from link to link; of each element its address, and its fields one behind the other. */
struct sp_memory_walk {
    sp_u64 next;   /* in: the first link; out: the one that wasn't taken */
    sp_u64 head;   /* the link that ends the list, as 0 does */
    sp_u32 link;   /* from an element's beginning to what is pointed to: its link, or 0 */
    sp_u32 follow; /* from there to the word that points to the next one */
    sp_u32 pad;
    sp_u32 record; /* bytes of an element in `memory`, at most SP_WALK_RECORD */
    sp_u32 limit;  /* elements, at most SP_WALK_ELEMENTS */
    sp_u32 fields;
    struct sp_walk_field field[SP_WALK_FIELDS];
    sp_u32 count; /* out */
    sp_u32 end;   /* out: enum sp_walk_end */
};

/* The value of the map `requests`. */
struct sp_memory_request {
    struct sp_memory_read read;
    struct sp_memory_gather gather;
    struct sp_memory_walk walk;
};

/* `integrity_tasks`: a task, thread by thread. */
struct sp_numbered_task {
    sp_u64 task; /* its address */
    sp_u32 pid;
    sp_u32 tgid;
    sp_u32 threads; /* that its process counts */
    sp_u32 pad;
};

/* A task's rights, as far as they are compared. */
struct sp_rights {
    sp_u32 uid, euid, suid, fsuid;
    sp_u32 gid, egid, sgid, fsgid;
    sp_u64 permitted, effective, inheritable, bounding, ambient;
    sp_u64 groups;         /* the address of the supplementary groups, which are shared and never changed */
    sp_u64 groups_mix;     /* of the first ones */
    sp_u64 user_namespace; /* its address */
    sp_u32 group_count;
    sp_u32 securebits;
};

/* Where it was noticed that a task's rights don't come from any transition that the kernel allowed. */
enum sp_credential_way {
    SP_CREDENTIALS_LOOK = 0,   /* when the daemon looked */
    SP_CREDENTIALS_COMMIT = 1, /* right after commit_creds gave them */
    SP_CREDENTIALS_EXEC = 2,   /* at its next execution */
    SP_CREDENTIALS_CHANGE = 3, /* at its next change of ids, groups or capabilities */
    SP_CREDENTIALS_FORK = 4,   /* when it created a task */
};

/* A task whose rights aren't what they should be. */
struct sp_credential_break {
    sp_u64 number; /* from 1 on, written last; 0: not written */
    sp_u64 time;   /* boot */
    sp_u64 task;   /* its address */
    sp_u32 pid;
    sp_u32 tgid;
    sp_u32 way; /* enum sp_credential_way */
    sp_u32 pad;
    char comm[16];
    struct sp_rights expected;
    struct sp_rights found;
};

#define SP_CREDENTIAL_BREAKS 64u     /* the last ones are kept */
#define SP_CREDENTIAL_TASKS 256u     /* that one run compares */
#define SP_CREDENTIAL_MISMATCHES 32u /* that one run tells */

/* The value of the map `credential_words`. */
struct sp_credential_words {
    sp_u64 breaks;     /* how many were noticed in passing */
    sp_u64 unnoted;    /* tasks for which there was no room */
    sp_u32 adopted;    /* tasks taken as they were found, by the iterator */
    sp_u32 count;      /* in: of `tasks` */
    sp_u32 compared;   /* out: that still lived */
    sp_u32 mismatched; /* out: all of them, told or not */
    sp_u64 tasks[SP_CREDENTIAL_TASKS];
    struct sp_credential_break mismatch[SP_CREDENTIAL_MISMATCHES];
    struct sp_credential_break passing[SP_CREDENTIAL_BREAKS];
};

_Static_assert(sizeof(struct sp_rights) == 104, "");
_Static_assert(sizeof(struct sp_credential_break) == 264, "");
_Static_assert(sizeof(struct sp_numbered_task) == 24, "");
_Static_assert(SP_MEMORY_BYTES == SP_MEMORY_PAGE * SP_MEMORY_PAGES, "");
_Static_assert(SP_MEMORY_BYTES == SP_GATHER_PLACES * SP_GATHER_BYTES, "");
_Static_assert(SP_MEMORY_BYTES == SP_WALK_ELEMENTS * SP_WALK_RECORD, "");
_Static_assert(sizeof(struct sp_memory_read) == 24, "");
_Static_assert(sizeof(struct sp_memory_walk) == 112, "");
_Static_assert(sizeof(struct sp_memory_request) == 152, "");

#endif
