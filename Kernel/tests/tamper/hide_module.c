// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hides this module, by the parameter `from`:
 *
 *   list   from the list of modules: /proc/modules, and the kernel's symbols
 *   sysfs  from that and from /sys/module
 *   tree   from all of these and from the tree by which addresses are found to be a module's
 *
 * Without its directory in sysfs it can't be told to come back: `undo_after` brings it back.
 */
#include "tamper.h"

static char *from = "list";
module_param(from, charp, 0644);

/* How much is hidden: each level with those before it. */
static int level;

/* The beginnings of kernel-internal structures, by which sysfs files are made anew. */
struct parameter_attributes {
    unsigned int count;
    struct attribute_group group;
};
struct section_attributes {
    struct attribute_group group;
};

static int unlink_from_list(void *unused)
{
    list_del_rcu(&THIS_MODULE->list);
    return 0;
}

static int link_into_list(void *modules)
{
    list_add_rcu(&THIS_MODULE->list, modules);
    return 0;
}

static int change_tree(void *function)
{
    ((void (*)(struct module *))function)(THIS_MODULE);
    return 0;
}

/* Not from the parameter's own file: the directory's removal waits until that isn't written any more. */
static void remove_directory(struct work_struct *work)
{
    kobject_del(THIS_MODULE->holders_dir);
    kobject_del(&THIS_MODULE->mkobj.kobj);
}
static DECLARE_WORK(removal, remove_directory);

/* As the kernel's unloading will ask for every group to be there. */
static void add_directory(void)
{
    struct kobject *directory = &THIS_MODULE->mkobj.kobj;
    struct parameter_attributes *parameters = (void *)THIS_MODULE->mkobj.mp;
    struct section_attributes *sections = (void *)THIS_MODULE->sect_attrs;
    struct module_attribute *attribute = (void *)THIS_MODULE->modinfo_attrs;
    int error = kobject_add(directory, directory->parent, "%s", THIS_MODULE->name);

    if (!error)
        error = kobject_add(THIS_MODULE->holders_dir, directory, "holders");
    if (!error)
        error = sysfs_create_group(directory, &parameters->group);
    if (!error && sections)
        error = sysfs_create_group(directory, &sections->group);
    for (; !error && attribute && attribute->attr.name; attribute++)
        error = sysfs_create_file(directory, &attribute->attr);
    if (error)
        pr_err("the directory in sysfs is not what it was: error %d\n", error);
}

static int tamper(void)
{
    static const char *const places[] = {"list", "sysfs", "tree"};
    void *remove = (void *)tamper_symbol("mod_tree_remove");

    level = match_string(places, ARRAY_SIZE(places), from);
    if (level < 0)
        return -EINVAL;
    if (level >= 1 && !tamper_undo_after)
        return -EDEADLK;
    if (!remove || !tamper_symbol("mod_tree_insert") || !tamper_symbol("modules"))
        return -ENOENT;
    tamper_place(THIS_MODULE, "hidden from %s", from);
    stop_machine(unlink_from_list, NULL, NULL);
    if (level >= 1)
        schedule_work(&removal);
    if (level >= 2)
        stop_machine(change_tree, remove, NULL);
    return 0;
}

static void restore(void)
{
    if (level >= 2)
        stop_machine(change_tree, (void *)tamper_symbol("mod_tree_insert"), NULL);
    if (level >= 1) {
        flush_work(&removal);
        add_directory();
    }
    stop_machine(link_into_list, (void *)tamper_symbol("modules"), NULL);
}

TAMPER_FIXTURE("hides itself");
