/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who listens: a ring, a filter and an account of losses each. Written by the daemon, read and counted by the programs. */
#ifndef SALLYPORT_ABI_SUBSCRIBERS_H
#define SALLYPORT_ABI_SUBSCRIBERS_H

#define SP_MAX_SUBSCRIBERS 16u
#define SP_MAX_MUTES 65536u     /* of all subscribers together, while a filter is being replaced twice */
#define SP_MAX_PREFIXES 64u     /* directories of a path that are looked up */
#define SP_MAX_CGROUP_DEPTH 16u /* cgroups above the process's own that are looked up, it included */

/* What a mute names: a bit each, of sp_filter.kinds. */
enum sp_mute_kind {
    SP_MUTE_EXE = 1 << 0,     /* value: the subject's key in the map `programs` */
    SP_MUTE_PROCESS = 1 << 1, /* value: start time; other: pid */
    SP_MUTE_TARGET = 1 << 2,  /* value: hash of the object's path */
    SP_MUTE_TARGET_BELOW =
        1 << 3,              /* value: hash of a directory, without the slash at its end, that the object is below */
    SP_MUTE_CGROUP = 1 << 4, /* value: the id of the subject's cgroup, or of one above it */
};
#define SP_MUTE_TARGETS (SP_MUTE_TARGET | SP_MUTE_TARGET_BELOW)

/* Key of the map `mutes`. The value is a bit per operation that the mute is about. */
struct sp_mute {
    sp_u32 filter; /* the subscriber's number times two, and which of its two filters */
    sp_u32 kind;   /* enum sp_mute_kind */
    sp_u64 value;
    sp_u64 other;
};

/* What a subscriber is sent. An operation must be wanted and pass every kind of mute. */
struct sp_filter {
    sp_u32 operations; /* bit per operation */
    sp_u32 context;    /* bit per operation that the reader follows processes by: if not wanted, SP_RECORD_CONTEXT */
    sp_u32 denied_only;
    sp_u32 kinds;    /* enum sp_mute_kind: those that any mute is of */
    sp_u32 inverted; /* of these: what is named passes and nothing else; of the two about paths either may name it */
    sp_u32 pad;
};

/* Bits of sp_subscriber.state. */
#define SP_SUBSCRIBER_BEGUN (1u << 0)   /* its first marker is in its ring: from there on it is sent records */
#define SP_SUBSCRIBER_TELLING (1u << 1) /* a gap record is being made of its losses */

/* One value of the array map `subscribers`. Losses are counted until a gap record (SP_OP_GAP) has taken them over. */
struct sp_subscriber {
    sp_u32 active; /* which of the filters is in force: the other one is written, then this word */
    sp_u32 state;  /* SP_SUBSCRIBER_* */
    struct sp_filter filter[2];
    sp_u64 sequence;              /* of the last record, lost ones included; context records have none of their own */
    sp_u64 pending;               /* losses since the last gap record, of any kind */
    sp_u64 lost_first, lost_last; /* their sequence numbers, as far as they have some */
    sp_u64 lost[SP_OPERATIONS];
    sp_u64 lost_denials;
    sp_u64 lost_context;
    sp_u64 lost_total; /* ever */
};

/* The bytes of a field SP_FIELD_LOSSES. */
struct sp_losses {
    sp_u64 first, last; /* sequence numbers of the first and the last; 0 if they have none */
    sp_u64 denials;
    sp_u64 context; /* context records: the reader's process table can't be relied on */
    sp_u64 lost[SP_OPERATIONS];
};

/* A hash of paths that who doesn't know the keys can't make collide: a polynomial at each of two secret points. */
#define SP_HASH_PRIME 0x7fffffffull
#define SP_HASH_STEP(hash, key, byte) SP_HASH_FOLD(SP_HASH_FOLD((sp_u64)(hash) * (key) + (byte) + 1))
#define SP_HASH_FOLD(number) (((number)&SP_HASH_PRIME) + ((number) >> 31))

/* What the daemon has the program `message` do (BPF_PROG_TEST_RUN), in order with what the programs report. */
enum sp_message_kind {
    SP_MESSAGE_RECORD = 1, /* hand the record on as one of the kernel's */
    SP_MESSAGE_SYNC = 2,   /* put a marker with `value` into a subscriber's ring */
    SP_MESSAGE_LOST = 3,   /* `value` records on `operation` couldn't be made: to whom they would have gone */
    SP_MESSAGE_FLUSH = 4,  /* tell everybody what they have lost */
    SP_MESSAGE_BEGIN =
        5, /* begin a subscription at a marker `value`, in both rings; again until the daemon's has room */
};
enum sp_message_result { SP_MESSAGE_DONE = 1, SP_MESSAGE_NO_MEMORY = 2, SP_MESSAGE_NO_ROOM = 3, SP_MESSAGE_WRONG = 4 };
#define SP_MAX_MESSAGE_TAIL 16384u
struct sp_message {
    sp_u32 kind;
    sp_u32 subscriber;
    sp_u32 operation;
    sp_u32 tail_length; /* bytes of fields behind the record, a multiple of eight */
    sp_u64 value;
    sp_u64 exe; /* of the record's subject: its key in `programs`, 0 if it isn't known */
    struct sp_record record;
    sp_u8 tail[SP_MAX_MESSAGE_TAIL];
};

_Static_assert(sizeof(struct sp_mute) == 24, "sp_mute");
_Static_assert(sizeof(struct sp_filter) == 24, "sp_filter");
_Static_assert(sizeof(struct sp_subscriber) == 8 + 48 + 32 + 256 + 24, "sp_subscriber");
_Static_assert(sizeof(struct sp_losses) == 32 + 256, "sp_losses");
_Static_assert(__builtin_offsetof(struct sp_message, tail) == 32 + sizeof(struct sp_record), "sp_message.tail");

#endif
