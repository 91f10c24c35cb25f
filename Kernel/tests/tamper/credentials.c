// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Gives the process `pid` all rights, by the parameter `by`:
 *
 *   write   writes into the credentials that it has
 *   swap    points it to others
 *   act     points what it acts with to others, as the kernel's override_creds does: only task->cred
 *   commit  has it call commit_creds(prepare_kernel_cred(…)) itself, as an exploit does
 */
#include "tamper.h"
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/task_work.h>

static char *by = "write";
module_param(by, charp, 0644);
static int pid;
module_param(pid, int, 0644);

static struct task_struct *task;
static bool swapped, acting, committed;
/* The credentials written to, with what they were, or those that the task had. */
static struct cred *had;
static struct cred was;
static const struct cred *given;

static void copy_rights(struct cred *to, const struct cred *from)
{
    to->uid = from->uid;
    to->gid = from->gid;
    to->suid = from->suid;
    to->sgid = from->sgid;
    to->euid = from->euid;
    to->egid = from->egid;
    to->fsuid = from->fsuid;
    to->fsgid = from->fsgid;
    to->cap_permitted = from->cap_permitted;
    to->cap_effective = from->cap_effective;
}

static void point_to(const struct cred *credentials)
{
    rcu_assign_pointer(task->real_cred, credentials);
    rcu_assign_pointer(task->cred, credentials);
}

static void commit(struct callback_head *work);

/* What the task is to do to itself, as soon as it leaves the kernel. */
static struct {
    struct callback_head work;
    struct completion done;
    bool raise;
    int error;
} order;

static void commit(struct callback_head *work)
{
    struct cred *to = order.raise ? prepare_kernel_cred(&init_task) : (struct cred *)get_cred(had);

    order.error = to ? commit_creds(to) : -ENOMEM;
    complete(&order.done);
}

static int have_committed(bool raise)
{
    int (*add)(struct task_struct *, struct callback_head *, enum task_work_notify_mode);
    int error;

    add = (void *)tamper_symbol("task_work_add");
    if (!add)
        return -ENOENT;
    init_completion(&order.done);
    init_task_work(&order.work, commit);
    order.raise = raise;
    error = add(task, &order.work, TWA_SIGNAL);
    if (error)
        return error;
    /* The module must not go before it was done. */
    wait_for_completion(&order.done);
    return order.error;
}

static int tamper(void)
{
    struct pid *number;
    int error;

    acting = !strcmp(by, "act");
    swapped = acting || !strcmp(by, "swap");
    committed = !strcmp(by, "commit");
    if (!swapped && !committed && strcmp(by, "write"))
        return -EINVAL;
    number = find_get_pid(pid);
    task = get_pid_task(number, PIDTYPE_PID);
    put_pid(number);
    if (!task)
        return -ESRCH;
    had = (struct cred *)get_task_cred(task);
    if (swapped) {
        given = prepare_kernel_cred(&init_task);
        if (!given) {
            put_cred(had);
            put_task_struct(task);
            return -ENOMEM;
        }
        tamper_place(&task->cred, "process %d, uid %u: %px -> %px", pid, __kuid_val(had->euid), had, given);
        if (acting) {
            rcu_assign_pointer(task->cred, given);
            return 0;
        }
        /* For each of the two pointers, as the task may give them up before they are taken back. */
        get_cred(given);
        point_to(given);
    } else if (committed) {
        error = have_committed(true);
        if (error) {
            put_cred(had);
            put_task_struct(task);
            return error;
        }
        tamper_place(&task->cred, "process %d, uid %u: by commit_creds", pid, __kuid_val(had->euid));
    } else {
        was = *had;
        tamper_place(had, "process %d, uid %u -> 0", pid, __kuid_val(had->euid));
        copy_rights(had, rcu_access_pointer(init_task.real_cred));
    }
    return 0;
}

static void restore(void)
{
    if (committed) {
        have_committed(false);
    } else if (!swapped) {
        copy_rights(had, &was);
    } else if (acting) {
        if (rcu_access_pointer(task->cred) == given) {
            rcu_assign_pointer(task->cred, had);
            put_cred(given);
        } else {
            put_cred(had);
        }
    } else if (rcu_access_pointer(task->real_cred) == given) {
        point_to(had);
        put_cred(given);
        put_cred(given);
    } else {
        /* It has credentials of its own making by now, and has put those given to it. */
        put_cred(had);
        put_cred(had);
    }
    put_cred(had);
    put_task_struct(task);
}

TAMPER_FIXTURE("raises a process's credentials");
