/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tamper fixtures share: modules that each change one thing of a running kernel and can change it back. They
 * are for the micro-VM; README.md lists them.
 *
 * A fixture includes this file, defines tamper() and restore(), and ends in TAMPER_FIXTURE("what it does"). All are
 * worked by the same parameters, in /sys/module/tamper_NAME/parameters:
 *
 *   tamper      1 written does it, 0 undoes it, unloading undoes it too; reads as 0 or 1
 *   place       once it is done: the address that was changed, if one was, and what is there
 *   hits        how often code of the fixture was run by what it changed
 *   undo_after  milliseconds after which the deed is undone by itself; 0, the default: never
 *
 * Doing and undoing are a line each in the kernel's log.
 */
#ifndef SALLYPORT_TAMPER_H
#define SALLYPORT_TAMPER_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/stop_machine.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

/* Does it, all or nothing: 0, having told tamper_place, or a negative errno. */
static int tamper(void);
/* Undoes what tamper() did. */
static void restore(void);

/* Not static: assembler counts here too. */
unsigned long tamper_hits;
module_param_named(hits, tamper_hits, ulong, 0444);

static unsigned int tamper_undo_after;
module_param_named(undo_after, tamper_undo_after, uint, 0644);

static char tamper_place_text[256];
module_param_string(place, tamper_place_text, sizeof(tamper_place_text), 0444);

/* Tells what was changed in words only. */
#define tamper_state(format, ...) scnprintf(tamper_place_text, sizeof(tamper_place_text), format, ##__VA_ARGS__)

/* Tells what was changed: its address, its symbol where it has one, and the rest in words. */
#define tamper_place(address, format, ...) \
    tamper_state("%px %pS " format, (void *)(address), (void *)(address), ##__VA_ARGS__)

/*
 * The address of a symbol, exported or not; 0 where there is none. kallsyms_lookup_name is not exported, but a kprobe
 * tells where it is: at its first instruction, which is behind the endbr64 of a kernel that has them.
 */
static __maybe_unused unsigned long tamper_symbol(const char *name)
{
    static unsigned long (*lookup)(const char *name);
    unsigned long address;

    if (!lookup) {
        struct kprobe probe = {.symbol_name = "kallsyms_lookup_name"};

        if (register_kprobe(&probe))
            return 0;
        lookup = (void *)ALIGN_DOWN((unsigned long)probe.addr, 16);
        unregister_kprobe(&probe);
    }
    address = lookup(name);
    if (!address)
        pr_info("no symbol %s\n", name);
    return address;
}

/* MARK: Writing to what is read-only */

struct tamper_patch {
    unsigned long address;
    size_t size;
    u8 was[16];
};

struct tamper_copy {
    void *to;
    const void *from;
    size_t size;
};

static __maybe_unused int tamper_copy(void *argument)
{
    struct tamper_copy *copy = argument;

    memcpy(copy->to, copy->from, copy->size);
    return 0;
}

static __maybe_unused struct page *tamper_page(unsigned long address)
{
    if (address >= __START_KERNEL_map && address < MODULES_VADDR)
        return pfn_to_page(__pa_symbol(address) >> PAGE_SHIFT);
    return virt_addr_valid(address) ? virt_to_page((void *)address) : vmalloc_to_page((void *)address);
}

/*
 * Writes through a second, writable mapping of the pages, while no processor runs anything else. The kernel's own ways
 * to change text (text_poke) leave the protection alone as well, but note what they do.
 */
static __maybe_unused int tamper_write(unsigned long address, const void *bytes, size_t size)
{
    struct page *pages[2] = {tamper_page(address), tamper_page(address + size - 1)};
    struct tamper_copy copy = {.from = bytes, .size = size};
    void *mapping;

    mapping = vmap(pages, pages[0] == pages[1] ? 1 : 2, VM_MAP, PAGE_KERNEL);
    if (!mapping)
        return -ENOMEM;
    copy.to = mapping + offset_in_page(address);
    stop_machine(tamper_copy, &copy, NULL);
    vunmap(mapping);
    return 0;
}

/* Writes, and keeps what was there. */
static __maybe_unused int tamper_apply(struct tamper_patch *patch, unsigned long address, const void *bytes,
                                       size_t size)
{
    if (size > sizeof(patch->was))
        return -E2BIG;
    patch->address = address;
    patch->size = size;
    memcpy(patch->was, (void *)address, size);
    return tamper_write(address, bytes, size);
}

static __maybe_unused void tamper_revert(struct tamper_patch *patch)
{
    if (tamper_write(patch->address, patch->was, patch->size))
        pr_err("no memory to undo by, the change stays\n");
}

/* MARK: The parameter */

static DEFINE_MUTEX(tamper_mutex);
static bool tamper_done;

static int tamper_set_done(bool wanted)
{
    int error = 0;

    mutex_lock(&tamper_mutex);
    if (wanted && !tamper_done) {
        error = tamper();
        tamper_done = !error;
        if (error)
            pr_info("not done: error %d\n", error);
        else
            pr_info("done: %s\n", tamper_place_text);
    } else if (!wanted && tamper_done) {
        restore();
        tamper_done = false;
        pr_info("undone: %s\n", tamper_place_text);
        tamper_place_text[0] = 0;
    }
    mutex_unlock(&tamper_mutex);
    return error;
}

static void tamper_time_is_up(struct work_struct *work)
{
    tamper_set_done(false);
}
static DECLARE_DELAYED_WORK(tamper_undo, tamper_time_is_up);

static int tamper_set(const char *value, const struct kernel_param *parameter)
{
    bool wanted;
    int error = kstrtobool(value, &wanted);

    if (!error)
        error = tamper_set_done(wanted);
    if (!error && wanted && tamper_undo_after)
        schedule_delayed_work(&tamper_undo, msecs_to_jiffies(tamper_undo_after));
    return error;
}

static int tamper_get(char *buffer, const struct kernel_param *parameter)
{
    return sysfs_emit(buffer, "%d\n", tamper_done);
}

static const struct kernel_param_ops tamper_ops = {.set = tamper_set, .get = tamper_get};
module_param_cb(tamper, &tamper_ops, NULL, 0644);

static int __init __maybe_unused tamper_init(void)
{
    return 0;
}

static void __exit tamper_exit(void)
{
    cancel_delayed_work_sync(&tamper_undo);
    tamper_set_done(false);
}

#define TAMPER_FIXTURE(description) \
    module_init(tamper_init);       \
    module_exit(tamper_exit);       \
    MODULE_LICENSE("Dual BSD/GPL"); \
    MODULE_DESCRIPTION("Sallyport tamper fixture: " description)

#endif
