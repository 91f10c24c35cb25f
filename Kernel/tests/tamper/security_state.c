// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes a variable that security rests on, by the parameter `state`:
 *
 *   lockdown    none becomes integrity, anything else none
 *   signatures  whether modules must be signed
 *   selinux     whether SELinux enforces, had it been started
 */
#include "tamper.h"
#include <linux/moduleparam.h>
#include <linux/security.h>

static char *state = "lockdown";
module_param(state, charp, 0644);

static struct tamper_patch patch;

/* The variable of a built-in parameter. Two variables are called sig_enforce; of modules it is this parameter's. */
static unsigned long parameter_variable(const char *name)
{
    const struct kernel_param *parameter = (void *)tamper_symbol("__start___param");
    const struct kernel_param *end = (void *)tamper_symbol("__stop___param");

    for (; parameter && parameter < end; parameter++)
        if (!strcmp(parameter->name, name))
            return (unsigned long)parameter->arg;
    return 0;
}

static int tamper(void)
{
    unsigned long address;
    u32 value = 0;
    size_t size = 1;

    if (!strcmp(state, "lockdown")) {
        address = tamper_symbol("kernel_locked_down");
        size = sizeof(value);
    } else if (!strcmp(state, "signatures")) {
        address = parameter_variable("module.sig_enforce");
    } else if (!strcmp(state, "selinux")) {
        /* Its first member. */
        address = tamper_symbol("selinux_state");
    } else {
        return -EINVAL;
    }
    if (!address)
        return -ENOENT;
    memcpy(&value, (void *)address, size);
    tamper_place(address, "%s: %u -> %u", state, value, value ? 0 : size == 1 ? 1 : LOCKDOWN_INTEGRITY_MAX);
    value = value ? 0 : size == 1 ? 1 : LOCKDOWN_INTEGRITY_MAX;
    return tamper_apply(&patch, address, &value, size);
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("changes a variable that security rests on");
