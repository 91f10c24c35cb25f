/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The watchdog over the monitor: a timer of the kernel's (bpf_timer, 5.15) that compares the monitor's last sign with what it
 * has promised. It is the map's, which is pinned: it goes on when the daemon is stopped, starved or dead, and the next one
 * finds what it has recorded. It runs in a soft interrupt at the end of the timer's own, before any process, of whatever
 * priority; where those are threads (PREEMPT_RT, threadirqs; before 6.4, while ksoftirqd waits for a processor) it can be starved
 * like the monitor, which then notices the gap itself with its next sign.
 *
 * Fail direction: a timer that can't be started is the daemon's to tell; nothing is recorded then.
 */

#define CLOCK_MONOTONIC 1

struct watchdog {
    struct bpf_timer timer;
};

/* Apart from the words: a map with a timer can't be mapped. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct watchdog);
} watchdogs SEC(".maps");

static __always_inline void note_lapse(struct sp_response *w, __u64 beat, __u64 now)
{
    if (!w->late) {
        struct sp_lapse *l = &w->lapse[w->lapses % SP_LAPSES];
        l->from = beat;
        l->until = now;
        w->lapses++;
        w->late = 1;
    }
    w->lapse[(w->lapses - 1) % SP_LAPSES].until = now;
    if (now - beat > w->longest)
        w->longest = now - beat;
    if (w->isolate_when_late && w->isolated == SP_ISOLATION_NONE) {
        w->isolated_since = bpf_ktime_get_boot_ns();
        w->isolated = SP_ISOLATION_LATE;
    }
}

static int watchdog_look(void *map, __u32 *key, struct watchdog *dog)
{
    struct sp_response *w = response_words();
    if (!w)
        return 0; /* can't be */
    if (!w->watching && !w->sealed)
        return 0; /* stopped: the timer ends */
    __u64 now = bpf_ktime_get_ns(), beat = w->beat;
    w->looked = now;
    if (now > beat && now - beat > w->maximum) {
        note_lapse(w, beat, now);
    } else if (w->late) {
        w->lapse[(w->lapses - 1) % SP_LAPSES].until = beat;
        w->late = 0;
    }
    bpf_timer_start(&dog->timer, w->period, 0);
    return 0;
}

/* Run by the daemon at its start: the timer is new, or an earlier one's that goes on with this program. */
SEC("syscall")
int watchdog_start(void *context)
{
    __u32 zero = 0;
    struct watchdog *dog = bpf_map_lookup_elem(&watchdogs, &zero);
    struct sp_response *w = response_words();
    if (!dog || !w)
        return 1;                                             /* can't be */
    bpf_timer_init(&dog->timer, &watchdogs, CLOCK_MONOTONIC); /* EBUSY: it is there already */
    if (bpf_timer_set_callback(&dog->timer, watchdog_look))
        return 1;
    return bpf_timer_start(&dog->timer, w->period, 0) != 0;
}
