// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes the path of a program that the kernel starts by itself, without the sysctl that is for it.
 */
#include "tamper.h"

static char *symbol = "modprobe_path";
module_param(symbol, charp, 0644);

static struct tamper_patch patch;

static int tamper(void)
{
    static const char path[] = "/tmp/tamper";
    unsigned long address;

    if (strcmp(symbol, "modprobe_path") && strcmp(symbol, "core_pattern") && strcmp(symbol, "poweroff_cmd"))
        return -EINVAL;
    address = tamper_symbol(symbol);
    if (!address)
        return -ENOENT;
    tamper_place(address, "%s -> %s", (char *)address, path);
    return tamper_apply(&patch, address, path, sizeof(path));
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("changes the path of a usermode helper");
