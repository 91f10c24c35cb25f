/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on a process by its cgroups: it is moved, or those that it lives in are frozen, killed or narrowed. */
#include "attack.h"

#include <sys/mount.h>

#define PROCESS(function) static int function(const struct acts_target *t)
#define CGROUP "/sys/fs/cgroup/attack"

static int move_to(const struct acts_target *t, const char *file)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", t->pid);
    mkdir(CGROUP, 0755);
    return write_to(file, number);
}

PROCESS(cgroup_move)
{
    return move_to(t, CGROUP "/cgroup.procs");
}
PROCESS(cgroup_freeze)
{
    mkdir(CGROUP, 0755);
    int freeze = open(CGROUP "/cgroup.freeze", O_WRONLY);
    int moved = move_to(t, CGROUP "/cgroup.procs");
    if (moved)
        return moved;
    if (write(freeze, "1", 1) != 1)
        return -errno;
    sleep(1);
    write(freeze, "0", 1);
    return 0;
}
PROCESS(cgroup_kill)
{
    mkdir(CGROUP, 0755);
    int moved = move_to(t, CGROUP "/cgroup.procs");
    return moved ? moved : write_to(CGROUP "/cgroup.kill", "1");
}

/* A freezer of version 1 is a hierarchy of its own, beside the one that everything lives in. */
PROCESS(cgroup_old_freezer)
{
    const char *place = "/run/attack-freezer";
    mkdir(place, 0755);
    if (mount("none", place, "cgroup", 0, "freezer"))
        return errno == EPERM ? -EPERM : -ENOSYS;
    mkdir(joined(place, "attack"), 0755);
    int result = move_to(t, joined(place, "attack/cgroup.procs"));
    if (!result) {
        const char *state = joined(place, "attack/freezer.state");
        result = write_to(state, "FROZEN");
        if (!result) {
            sleep(1);
            write_to(state, "THAWED");
        }
    }
    umount2(place, MNT_DETACH);
    return result;
}

/* Its own cgroup and the one above, where the scenario has put it: the way that a service manager's children go. */
#define SLICE "/sys/fs/cgroup/slice"
#define OWN SLICE "/platform"

static int switched(const char *file, const char *value, const char *back)
{
    int result = write_to(file, value);
    if (!result && back)
        write_to(file, back);
    return result == -ENOENT ? -ENOSYS : result;
}

#define SWITCHED(function, file, value, back) \
    PROCESS(function)                         \
    {                                         \
        return switched(file, value, back);   \
    }
SWITCHED(own_freeze, OWN "/cgroup.freeze", "1", "0")
SWITCHED(own_kill, OWN "/cgroup.kill", "1", 0)
SWITCHED(own_descendants, OWN "/cgroup.max.descendants", "0", "max")
SWITCHED(own_memory, OWN "/memory.max", "1048576", "max")
SWITCHED(own_reclaim, OWN "/memory.reclaim", "1073741824", 0)
SWITCHED(own_processes, OWN "/pids.max", "1", "max")
SWITCHED(own_processor, OWN "/cpu.max", "1000 1000000", "max 100000")
SWITCHED(own_threaded, OWN "/cgroup.type", "threaded", 0)
SWITCHED(above_freeze, SLICE "/cgroup.freeze", "1", "0")
SWITCHED(above_kill, SLICE "/cgroup.kill", "1", 0)
SWITCHED(above_memory, SLICE "/memory.max", "1048576", "max")
SWITCHED(above_memory_high, SLICE "/memory.high", "1048576", "max")
SWITCHED(above_processes, SLICE "/pids.max", "1", "max")
SWITCHED(above_processor, SLICE "/cpu.max", "1000 1000000", "max 100000")
SWITCHED(above_processors, SLICE "/cpuset.cpus", "0", "\n")
SWITCHED(above_controllers, SLICE "/cgroup.subtree_control", "-memory", "+memory")
PROCESS(own_removed)
{
    int result = result_of(rmdir(OWN));
    if (!result)
        mkdir(OWN, 0755);
    return result;
}
/* The kernel itself doesn't: a cgroup of version 2 stays where it was made. */
PROCESS(own_renamed)
{
    return result_of(rename(OWN, "/sys/fs/cgroup/attack/platform"));
}
PROCESS(above_renamed)
{
    return result_of(rename(SLICE, "/sys/fs/cgroup/other"));
}

const struct attack cgroup_attacks[] = {
    {"a move to another cgroup", "process", cgroup_move},
    {"a move to a cgroup that is frozen", "process", cgroup_freeze},
    {"a move to a cgroup that is killed", "process", cgroup_kill},
    {"its own cgroup frozen", "process", own_freeze},
    {"its own cgroup killed", "process", own_kill},
    {"its own cgroup's cgroup.max.descendants", "process", own_descendants},
    {"a freezer of cgroups of version 1", "process", cgroup_old_freezer},
    {"its own cgroup's memory.max", "process", own_memory},
    {"its own cgroup's memory.reclaim", "process", own_reclaim},
    {"its own cgroup's pids.max", "process", own_processes},
    {"its own cgroup's cpu.max", "process", own_processor},
    {"its own cgroup's cgroup.type", "process", own_threaded},
    {"rmdir of its own cgroup", "process", own_removed},
    {"rename of its own cgroup", "process", own_renamed},
    {"the cgroup above frozen", "process", above_freeze},
    {"the cgroup above killed", "process", above_kill},
    {"memory.max of the cgroup above", "process", above_memory},
    {"memory.high of the cgroup above", "process", above_memory_high},
    {"pids.max of the cgroup above", "process", above_processes},
    {"cpu.max of the cgroup above", "process", above_processor},
    {"cpuset.cpus of the cgroup above", "process", above_processors},
    {"cgroup.subtree_control of the cgroup above", "process", above_controllers},
    {"rename of the cgroup above", "process", above_renamed},
    {0, 0, 0},
};
