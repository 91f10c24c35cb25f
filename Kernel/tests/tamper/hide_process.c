// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hides the process `pid`, by the parameter `from`:
 *
 *   number  its number leads nowhere: not in /proc, can't be signalled
 *   links   its number is there, but leads to no task: not in /proc either
 *   tasks   not in the list of tasks, which /proc doesn't read
 */
#include "tamper.h"
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

static char *from = "number";
module_param(from, charp, 0644);
static int pid;
module_param(pid, int, 0644);

static struct task_struct *task;
static struct pid *number;
static int way;

enum { NUMBER, LINKS, TASKS };

/*
 * What is unlinked here is unlinked once more when the process exits, which must find it in a list: one of its own.
 */
static struct hlist_head elsewhere[2];

static void move(enum pid_type type, struct hlist_head *to)
{
    hlist_del_rcu(&task->pid_links[type]);
    hlist_add_head_rcu(&task->pid_links[type], to);
}

/* While nothing else runs no lock of these structures is held, as all of them are spinning ones. */
static int hide(void *unused)
{
    if (!pid_alive(task))
        return -ESRCH;
    switch (way) {
    case NUMBER:
        idr_replace(&init_pid_ns.idr, NULL, pid);
        break;
    case LINKS:
        move(PIDTYPE_PID, &elsewhere[0]);
        move(PIDTYPE_TGID, &elsewhere[1]);
        break;
    case TASKS:
        list_del_init(&task->tasks);
        break;
    }
    return 0;
}

static int show(void *unused)
{
    if (!pid_alive(task))
        return 0;
    switch (way) {
    case NUMBER:
        idr_replace(&init_pid_ns.idr, number, pid);
        break;
    case LINKS:
        move(PIDTYPE_PID, &number->tasks[PIDTYPE_PID]);
        move(PIDTYPE_TGID, &number->tasks[PIDTYPE_TGID]);
        break;
    case TASKS:
        list_add_tail_rcu(&task->tasks, &init_task.tasks);
        break;
    }
    return 0;
}

static void forget(void)
{
    if (task)
        put_task_struct(task);
    put_pid(number);
    task = NULL;
    number = NULL;
}

static int tamper(void)
{
    static const char *const places[] = {"number", "links", "tasks"};
    int error = -ESRCH;

    way = match_string(places, ARRAY_SIZE(places), from);
    if (way < 0)
        return -EINVAL;
    number = find_get_pid(pid);
    task = get_pid_task(number, PIDTYPE_TGID);
    if (task)
        error = stop_machine(hide, NULL, NULL);
    if (error)
        forget();
    else
        tamper_place(task, "process %d hidden from %s", pid, from);
    return error;
}

static void restore(void)
{
    stop_machine(show, NULL, NULL);
    forget();
}

TAMPER_FIXTURE("hides a process");
