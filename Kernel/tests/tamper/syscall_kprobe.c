// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Probes a system call's function. Behind its first instruction the probe is a breakpoint or, optimised, a jump; at the
 * first it goes by ftrace.
 */
#include "tamper.h"

static char *symbol = "__x64_sys_sysfs";
module_param(symbol, charp, 0644);
static unsigned int offset;
module_param(offset, uint, 0644);

static int count(struct kprobe *probe, struct pt_regs *registers)
{
    tamper_hits++;
    return 0;
}

static struct kprobe probe;

static int tamper(void)
{
    int error;

    probe = (struct kprobe){.symbol_name = symbol, .offset = offset, .pre_handler = count};
    error = register_kprobe(&probe);
    if (error)
        return error;
    tamper_place(probe.addr, "kprobe -> %pS", count);
    return 0;
}

static void restore(void)
{
    unregister_kprobe(&probe);
}

TAMPER_FIXTURE("probes a system call");
