// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Puts a call at a function's __fentry__ site, as a BPF trampoline would be called there, that no ftrace_ops, kprobe or
 * BPF program explains.
 */
#include "tamper.h"
#include <asm/text-patching.h>
#include <linux/linkage.h>

static char *symbol = "__x64_sys_sysfs";
module_param(symbol, charp, 0644);

static struct tamper_patch patch;

void tamper_called(void);
asm(".pushsection .text\n"
    ".type tamper_called, @function\n"
    "tamper_called:\n"
    "    endbr64\n"
    "    lock incq tamper_hits(%rip)\n"
    "    " ASM_RET "\n"
    ".size tamper_called, . - tamper_called\n"
    ".popsection\n");

static int tamper(void)
{
    static const u8 endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa}, nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
    unsigned long site = tamper_symbol(symbol);
    u8 call[5] = {0xe8};
    s32 distance;

    if (!site)
        return -ENOENT;
    /* Sealed, the endbr64 of a function that isn't called by pointer is a nop of the same size. */
    if (!memcmp((void *)site, endbr64, 4) || memcmp((void *)site, nop5, 5))
        site += 4;
    if (memcmp((void *)site, nop5, 5))
        return -EBUSY;
    distance = (s32)((unsigned long)tamper_called - (site + 5));
    memcpy(call + 1, &distance, sizeof(distance));
    tamper_place(site, "nop -> call %pS", tamper_called);
    return tamper_apply(&patch, site, call, sizeof(call));
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("calls its own code from an __fentry__ site");
