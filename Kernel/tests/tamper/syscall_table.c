// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces an entry of sys_call_table. Since x64_sys_call nothing is dispatched through the table, so the function put
 * there is not run; the table is data that is still wrong.
 */
#include "tamper.h"
#include <asm/unistd.h>

/* The entry of an obsolete call. */
#define ENTRY __NR_sysfs

static struct tamper_patch patch;

static long replacement(const struct pt_regs *registers)
{
    tamper_hits++;
    return -ENOSYS;
}

static int tamper(void)
{
    unsigned long table = tamper_symbol("sys_call_table");
    unsigned long function = (unsigned long)replacement;
    unsigned long entry = table + ENTRY * sizeof(function);

    if (!table)
        return -ENOENT;
    tamper_place(entry, "entry %d: %pS -> %pS", ENTRY, *(void **)entry, replacement);
    return tamper_apply(&patch, entry, &function, sizeof(function));
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("replaces an entry of the system call table");
