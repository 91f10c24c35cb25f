// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adds a function to the security hook file_open, beside those of the security modules: on kernels before 6.12 an
 * element at the head of its list, which is read-only, later a static call in a slot that no module has taken.
 */
#include "tamper.h"
#include <linux/jump_label.h>
#include <linux/lsm_hooks.h>
#include <linux/static_call.h>

static int count_open(struct file *file)
{
    tamper_hits++;
    return 0;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)

static struct security_hook_list element = {.hook.file_open = count_open, .lsm = "tamper"};
static struct tamper_patch patch;

static int tamper(void)
{
    struct security_hook_heads *heads = (void *)tamper_symbol("security_hook_heads");
    void *first = &element.list;

    if (!heads)
        return -ENOENT;
    element.list.next = heads->file_open.first;
    tamper_place(&heads->file_open, "%px -> %px, function %pS", element.list.next, first, count_open);
    return tamper_apply(&patch, (unsigned long)&heads->file_open, &first, sizeof(first));
}

static void restore(void)
{
    tamper_revert(&patch);
    synchronize_rcu();
}

#else

static struct lsm_static_call *slot;

static int tamper(void)
{
    struct lsm_static_calls_table *calls = (void *)tamper_symbol("static_calls_table");
    int number;

    if (!calls)
        return -ENOENT;
    for (number = 0; number < MAX_LSM_COUNT; number++) {
        slot = &calls->file_open[number];
        if (slot->hl)
            continue;
        tamper_place(slot->key, "file_open slot %d: nothing -> %pS", number, count_open);
        __static_call_update(slot->key, slot->trampoline, count_open);
        static_key_enable(&slot->active->key);
        return 0;
    }
    return -ENOSPC;
}

static void restore(void)
{
    static_key_disable(&slot->active->key);
    __static_call_update(slot->key, slot->trampoline, NULL);
    synchronize_rcu_tasks();
}

#endif

TAMPER_FIXTURE("adds a function to a security hook");
