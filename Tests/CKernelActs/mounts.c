/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, in a mount namespace that ends with the child. */
#include "child.h"
#include "file_acts.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h and sys/mount.h can't be included together everywhere. */
enum {
    OPEN_TREE_CLONED = 1, /* OPEN_TREE_CLONE */
    FROM_EMPTY_PATH = 4,  /* MOVE_MOUNT_F_EMPTY_PATH */
    CONFIGURE_CREATE = 6, /* FSCONFIG_CMD_CREATE */
    CONFIGURE_CHANGE = 7, /* FSCONFIG_CMD_RECONFIGURE */
    CONFIGURE_STRING = 1, /* FSCONFIG_SET_STRING */
};

struct mount_request {
    enum acts_mounting way;
    const char *source, *place;
};

static int new_file_system(const char *place)
{
    int context = (int)syscall(SYS_fsopen, "tmpfs", 0);
    if (context < 0 || syscall(SYS_fsconfig, context, CONFIGURE_CREATE, NULL, NULL, 0))
        return -errno;
    int tree = (int)syscall(SYS_fsmount, context, 0, 0);
    if (tree < 0)
        return -errno;
    int result = RESULT(syscall(SYS_move_mount, tree, "", AT_FDCWD, place, FROM_EMPTY_PATH));
    close(tree); /* a descriptor keeps the mount busy */
    close(context);
    return result;
}

static int cloned_tree(const char *source, const char *place)
{
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONED);
    if (tree < 0)
        return -errno;
    return RESULT(syscall(SYS_move_mount, tree, "", AT_FDCWD, place, FROM_EMPTY_PATH));
}

static int reconfigured(const char *place)
{
    int context = (int)syscall(SYS_fspick, AT_FDCWD, place, 0);
    if (context < 0 || syscall(SYS_fsconfig, context, CONFIGURE_STRING, "size", "2m", 0))
        return -errno;
    return RESULT(syscall(SYS_fsconfig, context, CONFIGURE_CHANGE, NULL, NULL, 0));
}

static int exchanged_root(const char *place)
{
    char old[512];
    snprintf(old, sizeof(old), "%s/old", place);
    if (mkdir(old, 0755))
        return -errno;
    return RESULT(syscall(SYS_pivot_root, place, old));
}

static int mount_body(void *argument)
{
    struct mount_request *r = argument;
    const char *source = r->source, *place = r->place;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return -errno;
    switch (r->way) {
    case ACTS_MOVE:
    case ACTS_MOVE_MOUNT:
        if (mount("acts", source, "tmpfs", 0, NULL))
            return -errno;
        break;
    case ACTS_MOUNT_PROPAGATION:
    case ACTS_REMOUNT:
    case ACTS_REMOUNT_BIND:
    case ACTS_REMOUNT_FSPICK:
    case ACTS_UMOUNT:
    case ACTS_UMOUNT_LAZY:
    case ACTS_PIVOT_ROOT:
        /* By move_mount, which is not what is tried on this place. */
        if (new_file_system(place))
            return -errno;
        break;
    default:
        break;
    }
    switch (r->way) {
    case ACTS_MOUNT_NEW:
        return RESULT(mount("acts", place, "tmpfs", 0, NULL));
    case ACTS_MOUNT_BIND:
        return RESULT(mount(source, place, NULL, MS_BIND, NULL));
    case ACTS_MOUNT_PROPAGATION:
        return RESULT(mount(NULL, place, NULL, MS_SHARED, NULL));
    case ACTS_MOUNT_FSMOUNT:
        return new_file_system(place);
    case ACTS_MOUNT_OPEN_TREE:
        return cloned_tree(source, place);
    case ACTS_REMOUNT:
        return RESULT(mount(NULL, place, NULL, MS_REMOUNT | MS_NOEXEC, "size=1m"));
    case ACTS_REMOUNT_BIND:
        return RESULT(mount(NULL, place, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    case ACTS_REMOUNT_FSPICK:
        return reconfigured(place);
    case ACTS_MOVE:
        return RESULT(mount(source, place, NULL, MS_MOVE, NULL));
    case ACTS_MOVE_MOUNT:
        return RESULT(syscall(SYS_move_mount, AT_FDCWD, source, AT_FDCWD, place, 0));
    case ACTS_UMOUNT:
        return RESULT(umount2(place, 0));
    case ACTS_UMOUNT_LAZY:
        return RESULT(umount2(place, MNT_DETACH));
    case ACTS_PIVOT_ROOT:
        return exchanged_root(place);
    }
    return -EINVAL;
}

int acts_mount_by(enum acts_mounting way, const char *source, const char *place)
{
    struct mount_request r = {way, source, place};
    return child_run(mount_body, &r);
}
