// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes the site of a static key that is off jump where its table doesn't say: to the next instruction, so that nothing
 * else changes. The key must not be switched meanwhile: bytes that the kernel didn't expect there are a bug to it, and
 * whoever switches dies holding the locks of all static keys.
 */
#include "tamper.h"
#include <linux/jump_label.h>

static char *symbol = "sched_schedstats";
module_param(symbol, charp, 0644);

static struct tamper_patch patch;

static int tamper(void)
{
    static const u8 nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00}, jump5[] = {0xe9};
    static const u8 nop2[] = {0x66, 0x90}, jump2[] = {0xeb};
    struct jump_entry *entry = (void *)tamper_symbol("__start___jump_table");
    struct jump_entry *end = (void *)tamper_symbol("__stop___jump_table");
    struct static_key *key = (void *)tamper_symbol(symbol);
    u8 jump[5] = {};

    if (!entry || !end || !key)
        return -ENOENT;
    for (; entry < end; entry++) {
        unsigned long site = jump_entry_code(entry);
        size_t size;

        if (jump_entry_key(entry) != key || jump_entry_is_init(entry))
            continue;
        if (!memcmp((void *)site, nop5, 5))
            size = 5, jump[0] = jump5[0];
        else if (!memcmp((void *)site, nop2, 2))
            size = 2, jump[0] = jump2[0];
        else
            continue;
        tamper_place(site, "key %s: nop -> jump to %pS instead of %pS", symbol, (void *)(site + size),
                     (void *)jump_entry_target(entry));
        return tamper_apply(&patch, site, jump, size);
    }
    return -ESRCH;
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("makes a static key's site jump elsewhere");
