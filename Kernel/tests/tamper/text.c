// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes a byte of text, of the kernel or of a module: the last byte of the padding before a function, which nothing
 * runs.
 */
#include "tamper.h"

static char *symbol = "__x64_sys_sysfs";
module_param(symbol, charp, 0644);

static struct tamper_patch patch;

/* Padding is int3, one-byte nops, or a long nop, which ends in a zero. */
static bool is_padding(u8 byte)
{
    return byte == 0xcc || byte == 0x90 || byte == 0;
}

static int tamper(void)
{
    unsigned long address = tamper_symbol(symbol);
    u8 was, byte;

    if (!address)
        return -ENOENT;
    was = *(u8 *)--address;
    if (!is_padding(was))
        return -ENOEXEC;
    byte = was == 0xcc ? 0x90 : 0xcc;
    tamper_place(address, "before %s: %02x -> %02x", symbol, was, byte);
    return tamper_apply(&patch, address, &byte, 1);
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("changes a byte of text");
