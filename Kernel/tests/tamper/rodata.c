// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes a byte of read-only data: the first letter of what /proc/version says.
 */
#include "tamper.h"

static struct tamper_patch patch;

static int tamper(void)
{
    unsigned long banner = tamper_symbol("linux_proc_banner");
    u8 was, byte;

    if (!banner)
        return -ENOENT;
    /* "%s version %s …", where the first %s is Linux: the letter after it is the first that stands here. */
    banner += 3;
    was = *(u8 *)banner;
    byte = was ^ 0x20;
    tamper_place(banner, "%02x -> %02x", was, byte);
    return tamper_apply(&patch, banner, &byte, 1);
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("changes a byte of read-only data");
