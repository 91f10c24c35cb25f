// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adds a notifier whose function lies in no text: instructions written into allocated memory. By the parameter `chain`:
 * netdevice, reboot or keyboard.
 */
#include "tamper.h"
#include <linux/keyboard.h>
#include <linux/netdevice.h>
#include <linux/reboot.h>

static char *chain = "netdevice";
module_param(chain, charp, 0644);

static const struct {
    const char *name;
    int (*add)(struct notifier_block *block);
    int (*remove)(struct notifier_block *block);
} chains[] = {
    {"netdevice", register_netdevice_notifier, unregister_netdevice_notifier},
    {"reboot", register_reboot_notifier, unregister_reboot_notifier},
    {"keyboard", register_keyboard_notifier, unregister_keyboard_notifier},
};

static struct notifier_block block;
static size_t selected;

typedef int protection(unsigned long address, int pages);

/* Memory that counts in tamper_hits when it is run and returns NOTIFY_DONE. */
static void *allocate_code(void)
{
    static const u8 code[] = {
        0xf3, 0x0f, 0x1e, 0xfa,                   /* endbr64 */
        0x48, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, /* movabs $tamper_hits, %rax */
        0xf0, 0x48, 0xff, 0x00,                   /* lock incq (%rax) */
        0x31, 0xc0,                               /* xor %eax, %eax */
        0xc3,                                     /* ret */
    };
    protection *read_only = (protection *)tamper_symbol("set_memory_ro");
    protection *executable = (protection *)tamper_symbol("set_memory_x");
    u64 counter = (unsigned long)&tamper_hits;
    void *memory;

    if (!read_only || !executable)
        return NULL;
    memory = vmalloc(PAGE_SIZE);
    if (!memory)
        return NULL;
    memcpy(memory, code, sizeof(code));
    memcpy(memory + 6, &counter, sizeof(counter));
    if (!read_only((unsigned long)memory, 1) && !executable((unsigned long)memory, 1))
        return memory;
    vfree(memory);
    return NULL;
}

static void free_code(void *memory)
{
    protection *writable = (protection *)tamper_symbol("set_memory_rw");
    protection *not_executable = (protection *)tamper_symbol("set_memory_nx");

    if (!not_executable((unsigned long)memory, 1) && !writable((unsigned long)memory, 1))
        vfree(memory);
}

static int tamper(void)
{
    int error;

    for (selected = 0; selected < ARRAY_SIZE(chains) && strcmp(chain, chains[selected].name); selected++)
        ;
    if (selected == ARRAY_SIZE(chains))
        return -EINVAL;
    block = (struct notifier_block){.notifier_call = allocate_code()};
    if (!block.notifier_call)
        return -ENOMEM;
    error = chains[selected].add(&block);
    if (error)
        free_code(block.notifier_call);
    else
        tamper_place(&block, "%s notifier -> %px", chain, block.notifier_call);
    return error;
}

static void restore(void)
{
    chains[selected].remove(&block);
    free_code(block.notifier_call);
}

TAMPER_FIXTURE("adds a notifier outside of all text");
