// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces a function in a read-only table of operations, by the parameter `table`:
 *
 *   seq   modules_op.show, and leaves this module out of /proc/modules
 *   tcp   tcp4_seq_ops.show, by which /proc/net/tcp is read
 *   proc  modules_proc_ops.proc_open, by which /proc/modules is opened
 *   file  proc_root_operations.iterate_shared, by which /proc is listed
 */
#include "tamper.h"
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static char *table = "seq";
module_param(table, charp, 0644);

static struct tamper_patch patch;
static void *original;

static int show_modules(struct seq_file *file, void *element)
{
    int (*show)(struct seq_file *, void *) = original;

    tamper_hits++;
    return list_entry(element, struct module, list) == THIS_MODULE ? 0 : show(file, element);
}

static int show_sockets(struct seq_file *file, void *element)
{
    int (*show)(struct seq_file *, void *) = original;

    tamper_hits++;
    return show(file, element);
}

static int open_modules(struct inode *inode, struct file *file)
{
    int (*open)(struct inode *, struct file *) = original;

    tamper_hits++;
    return open(inode, file);
}

static int list_processes(struct file *file, struct dir_context *context)
{
    int (*iterate)(struct file *, struct dir_context *) = original;

    tamper_hits++;
    return iterate(file, context);
}

static const struct {
    const char *name, *symbol;
    size_t offset;
    void *replacement;
} tables[] = {
    {"seq", "modules_op", offsetof(struct seq_operations, show), show_modules},
    {"tcp", "tcp4_seq_ops", offsetof(struct seq_operations, show), show_sockets},
    {"proc", "modules_proc_ops", offsetof(struct proc_ops, proc_open), open_modules},
    {"file", "proc_root_operations", offsetof(struct file_operations, iterate_shared), list_processes},
};

static int tamper(void)
{
    unsigned long place;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(tables); i++) {
        if (strcmp(table, tables[i].name))
            continue;
        place = tamper_symbol(tables[i].symbol);
        if (!place)
            return -ENOENT;
        place += tables[i].offset;
        original = *(void **)place;
        tamper_place(place, "%pS -> %pS", original, tables[i].replacement);
        return tamper_apply(&patch, place, &tables[i].replacement, sizeof(original));
    }
    return -EINVAL;
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("replaces a function in a table of operations");
