// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes the site of a static call run code of its own, which goes on to what the site called. The call's key still
 * tells the true function.
 */
#include "tamper.h"
#include <asm/nospec-branch.h>
#include <linux/linkage.h>
#include <linux/static_call.h>

static char *symbol = "__SCK__might_resched";
module_param(symbol, charp, 0644);
static char *within = "mutex_lock";
module_param(within, charp, 0644);

static struct tamper_patch patch;

/* Where the fixture's code goes on. */
unsigned long tamper_onward;

void tamper_detour(void);
void tamper_zero(void);
asm(".pushsection .text\n"
    ".type tamper_detour, @function\n"
    "tamper_detour:\n"
    "    endbr64\n"
    "    lock incq tamper_hits(%rip)\n"
    "    " ANNOTATE_RETPOLINE_SAFE "\n"
    "    jmp *tamper_onward(%rip)\n"
    ".size tamper_detour, . - tamper_detour\n"
    ".type tamper_zero, @function\n"
    "tamper_zero:\n"
    "    endbr64\n"
    "    xorl %eax, %eax\n"
    "    " ASM_RET "\n"
    ".size tamper_zero, . - tamper_zero\n"
    ".popsection\n");

/* What a site calls: the target of its call, or tamper_zero for what stands there when there is nothing to call. */
static unsigned long called_at(unsigned long site)
{
    static const u8 nothing[][5] = {
        {0x2e, 0x2e, 0x2e, 0x31, 0xc0}, /* cs cs cs xor %eax, %eax */
        {0x66, 0x66, 0x48, 0x31, 0xc0}, /* data16 data16 xor %rax, %rax */
        {0x0f, 0x1f, 0x44, 0x00, 0x00}, /* nop */
    };
    size_t i;

    if (*(u8 *)site == 0xe8)
        return site + 5 + *(s32 *)(site + 1);
    for (i = 0; i < ARRAY_SIZE(nothing); i++)
        if (!memcmp((void *)site, nothing[i], 5))
            return (unsigned long)tamper_zero;
    return 0;
}

static int tamper(void)
{
    int (*find_size)(unsigned long address, unsigned long *size, unsigned long *offset);
    struct static_call_site *entry = (void *)tamper_symbol("__start_static_call_sites");
    struct static_call_site *end = (void *)tamper_symbol("__stop_static_call_sites");
    unsigned long key = tamper_symbol(symbol), function = tamper_symbol(within), size, offset;
    u8 call[5] = {0xe8};
    s32 distance;

    find_size = (void *)tamper_symbol("kallsyms_lookup_size_offset");
    if (!entry || !end || !key || !function || !find_size || !find_size(function, &size, &offset))
        return -ENOENT;
    for (; entry < end; entry++) {
        unsigned long site = (unsigned long)&entry->addr + entry->addr;

        /* The low bits of the key tell tail calls and sites in memory that is gone. */
        if ((unsigned long)&entry->key + entry->key != key || site < function || site >= function + size)
            continue;
        tamper_onward = called_at(site);
        if (!tamper_onward)
            continue;
        distance = (s32)((unsigned long)tamper_detour - (site + 5));
        memcpy(call + 1, &distance, sizeof(distance));
        tamper_place(site, "key %s: %pS -> %pS", symbol, (void *)tamper_onward, tamper_detour);
        return tamper_apply(&patch, site, call, sizeof(call));
    }
    return -ESRCH;
}

static void restore(void)
{
    tamper_revert(&patch);
    /* Who was preempted in the detour has left it once every task has been scheduled of its own accord. */
    synchronize_rcu_tasks();
}

TAMPER_FIXTURE("makes a static call's site call elsewhere");
