/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of the gate: what is held and unanswered, in memory that the daemon and its guard share.
 *
 * Both have the fanotify group, and the kernel matches an answer by the number that the event's descriptor got in the
 * process that read it. So the guard can answer what the daemon had read. Every word is 64 bits and is read and written
 * by the functions below only; GATE_LEDGER_VERSION goes up when anything here changes.
 */
#pragma once
#include <stdint.h>

enum {
    GATE_LEDGER_VERSION = 1,
    GATE_LEDGER_CAPACITY = 16384, /* questions in flight */
    GATE_MAX_EXCEPTIONS = 64,     /* files that a guard that denies lets through */
};

#define GATE_LEDGER_MAGIC 0x7265646c65746147ull

/* The low bits of a slot's state; above them stands the question's number, so that an answer to an earlier question in
 * the same slot changes nothing. */
enum {
    GATE_FREE = 0,
    GATE_OPEN = 1,              /* unanswered: whoever claims it answers */
    GATE_CLAIMED_BY_DAEMON = 2, /* the answer is being written */
    GATE_CLAIMED_BY_GUARD = 3,
    GATE_ANSWERED_BY_GUARD = 4, /* the daemon has to close the descriptor; its number isn't used again before */
    GATE_STATE_BITS = 3,
};

/* What the guard answers in the daemon's place. */
enum {
    GATE_GUARD_ALLOWS = 0,
    GATE_GUARD_DENIES = 1,
    GATE_GUARD_LEAVES_TO_KERNEL = 2, /* allows here: what the kernel decides by itself it has decided before */
};

struct gate_slot {
    uint64_t state;      /* question << GATE_STATE_BITS | GATE_… */
    uint64_t descriptor; /* its number in the daemon */
    uint64_t asked_at;   /* CLOCK_BOOTTIME, nanoseconds */
    uint64_t deadline;   /* the same */
    uint64_t fallback;   /* 1: allow at the deadline */
    uint64_t allowed;    /* what the guard answered */
    uint64_t pad[2];
};

struct gate_exception {
    uint64_t device, inode;
};

struct gate_ledger {
    uint64_t magic, version;
    uint64_t daemon, guard; /* process numbers; the guard's is set when it is ready */
    uint64_t daemon_beat;   /* when the gate's thread last came round: CLOCK_MONOTONIC, nanoseconds */
    uint64_t mode;          /* GATE_GUARD_… */
    uint64_t patience;      /* how long the daemon may be silent before it counts as away; nanoseconds */
    uint64_t reading;       /* 1: questions may have been read that stand in no slot yet */
    uint64_t open;          /* slots that aren't free */
    uint64_t used;          /* all slots from here on were never in use */
    uint64_t end;           /* 1: the guard has to end */
    uint64_t orphaned;      /* 1: the guard has seen the daemon end */
    /* Counted by the guard. */
    uint64_t expired_allowed, expired_denied; /* the daemon had read them and didn't answer in time */
    uint64_t taken_allowed, taken_denied;     /* the guard read them, the daemon being away */
    uint64_t swept;                           /* read by the daemon, in no slot */
    uint64_t absences;                        /* times that the daemon was away */
    uint64_t longest_delay;                   /* after its deadline, that a fallback was given; nanoseconds */
    uint64_t exceptions;                      /* how many of these */
    struct gate_exception exception[GATE_MAX_EXCEPTIONS];
    uint64_t pad[364];
};

_Static_assert(sizeof(struct gate_slot) == 64, "a slot is a cache line");
_Static_assert(sizeof(struct gate_ledger) == 4096, "the slots begin at a page");

static inline uint64_t gate_load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void gate_store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t gate_add(uint64_t *word, uint64_t amount)
{
    return __atomic_add_fetch(word, amount, __ATOMIC_SEQ_CST);
}

/* Stores `desired` if the word is `expected`: 1 if it was. */
static inline int gate_exchange(uint64_t *word, uint64_t expected, uint64_t desired)
{
    return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
