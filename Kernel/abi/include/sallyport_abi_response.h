/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel does of itself about findings, with the daemon or without it: the watchdog over the monitor, and isolation.
 * A daemon goes on with what an earlier one left pinned if its version is its own: bump SP_RESPONSE_VERSION whenever a size, an
 * offset or a meaning changes.
 */
#ifndef SALLYPORT_ABI_RESPONSE_H
#define SALLYPORT_ABI_RESPONSE_H

#define SP_RESPONSE_VERSION 1u
#define SP_LAPSES 16u         /* that are kept, the last ones */
#define SP_ALLOWED_ROOM 4096u /* executables */
#define SP_REASON 128u

/* The monitor gave no sign for longer than it had promised. CLOCK_MONOTONIC: a suspended machine isn't one. */
struct sp_lapse {
    sp_u64 from;  /* its last sign */
    sp_u64 until; /* the next one; while there is none, when the kernel looked last */
};

enum sp_isolation {
    SP_ISOLATION_NONE = 0,
    SP_ISOLATION_ASKED = 1, /* by the daemon */
    SP_ISOLATION_LATE = 2,  /* by the watchdog */
};

/* The value of the map `response`: words of the daemon's and of the kernel's, each with one writer but for `isolated`. */
struct sp_response {
    sp_u32 version;
    sp_u32 sealed; /* 1 until the machine is started again: the watchdog isn't stopped, isolation not lifted */

    sp_u32 watching;          /* 0: the timer ends, unless sealed */
    sp_u32 isolate_when_late; /* whether a lapse switches isolation on */
    sp_u64 beat;              /* the monitor's last sign, nanoseconds of CLOCK_MONOTONIC */
    sp_u64 maximum;           /* nanoseconds between two signs */
    sp_u64 period;            /* nanoseconds between two looks of the kernel's */
    sp_u64 looked;            /* kernel: its last look */
    sp_u64 lapses;            /* kernel: how many there were */
    sp_u64 reported;          /* how many of them have been reported */
    sp_u64 longest;           /* kernel: nanoseconds */
    sp_u32 late;              /* kernel: the last lapse goes on */

    sp_u32 isolated;       /* enum sp_isolation */
    sp_u64 isolated_since; /* CLOCK_BOOTTIME */
    sp_u64 refused;        /* kernel: executions */
    sp_u64 lost;           /* kernel: of those, not reported as nobody had read the ring */

    sp_u32 identify;         /* a descriptor of the caller's */
    sp_u32 identified_found; /* kernel: 1 */
    struct sp_guard_key identified;

    struct sp_lapse gap; /* a lapse that the monitor noticed itself with its next sign; 0: none, or taken */
    struct sp_lapse lapse[SP_LAPSES];
    char reason[SP_REASON]; /* why isolation was asked for */
};

#define SP_EXECUTION_PATH 256u
/* In the ring `refused_executions`. */
struct sp_refused_execution {
    sp_u64 time; /* CLOCK_BOOTTIME */
    sp_u32 pid;
    sp_u32 tid;
    sp_u32 uid;
    sp_u32 pad;
    struct sp_guard_key executable;
    char comm[16];
    char path[SP_EXECUTION_PATH]; /* as it was asked for */
};

_Static_assert(sizeof(struct sp_response) == 16 + 8 * 7 + 8 + 8 * 3 + 8 + 16 + 16 + 16 * SP_LAPSES + SP_REASON, "");
_Static_assert(sizeof(struct sp_refused_execution) == 24 + 16 + 16 + SP_EXECUTION_PATH, "");

#endif
