// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A live patch, as the kernel's own mechanism makes them, of what /proc/cmdline shows; it is enabled as long as the module is
 * loaded, and disabled by /sys/kernel/livepatch/tamper_livepatch/enabled before it can be unloaded. What it tampers with is the
 * list of patches, which it takes itself off.
 */
#include "tamper.h"
#include <linux/livepatch.h>
#include <linux/seq_file.h>

static int show(struct seq_file *file, void *unused)
{
    tamper_hits++;
    seq_puts(file, "live patched\n");
    return 0;
}

static struct klp_func functions[] = {{.old_name = "cmdline_proc_show", .new_func = show}, {}};
static struct klp_object objects[] = {{.funcs = functions}, {}};
static struct klp_patch patch = {.mod = THIS_MODULE, .objs = objects};

static int unlink_patch(void *unused)
{
    list_del(&patch.list);
    return 0;
}

static int link_patch(void *patches)
{
    list_add_tail(&patch.list, patches);
    return 0;
}

static int tamper(void)
{
    if (!patch.enabled)
        return -EBUSY;
    if (!tamper_symbol("klp_patches"))
        return -ENOENT;
    tamper_place(&patch.list, "off the list of live patches, %s -> %pS", functions[0].old_name, show);
    return stop_machine(unlink_patch, NULL, NULL);
}

static void restore(void)
{
    stop_machine(link_patch, (void *)tamper_symbol("klp_patches"), NULL);
}

static int __init start(void)
{
    return klp_enable_patch(&patch);
}

static void __exit end(void)
{
    tamper_exit();
}

module_init(start);
module_exit(end);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Sallyport tamper fixture: a live patch that hides");
