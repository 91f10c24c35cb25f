/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on what files are reached by: mounts that cover or remove, namespaces, the disk below. */
#include "attack.h"

#include <linux/loop.h>
#include <linux/mount.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>

#define FILE_ATTACK(function) static int function(const struct acts_target *t)

FILE_ATTACK(cover_file)
{
    const char *own = joined(t->scratch, "own");
    close(open(own, O_WRONLY | O_CREAT, 0644));
    return result_of(mount(own, t->file, 0, MS_BIND, 0));
}
FILE_ATTACK(cover_tree)
{
    return result_of(mount("none", t->tree, "tmpfs", 0, 0));
}
FILE_ATTACK(cover_above)
{
    return result_of(mount("none", t->above, "tmpfs", 0, 0));
}
FILE_ATTACK(cover_mount)
{
    return result_of(mount("none", t->mount, "tmpfs", 0, 0));
}
FILE_ATTACK(cover_by_move)
{
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount) && defined(SYS_move_mount)
    int context = (int)syscall(SYS_fsopen, "tmpfs", 0);
    if (context < 0 || syscall(SYS_fsconfig, context, 6 /* CMD_CREATE */, 0, 0, 0))
        return -errno;
    int made = (int)syscall(SYS_fsmount, context, 0, 0);
    return made < 0 ? -errno : result_of(syscall(SYS_move_mount, made, "", AT_FDCWD, t->tree, 4));
#else
    return -ENOSYS;
#endif
}
FILE_ATTACK(unmount)
{
    return result_of(umount2(t->mount, 0));
}
FILE_ATTACK(unmount_lazily)
{
    return result_of(umount2(t->mount, MNT_DETACH));
}
FILE_ATTACK(remount)
{
    return result_of(mount(0, t->mount, 0, MS_REMOUNT | MS_RDONLY, 0));
}
FILE_ATTACK(remount_bound)
{
    return result_of(mount(0, t->mount, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0));
}
FILE_ATTACK(move_mount_away)
{
    const char *place = "/run/attack-place";
    mkdir(place, 0755);
    return result_of(mount(t->mount, place, 0, MS_MOVE, 0));
}
FILE_ATTACK(bind_and_write)
{
    const char *place = joined(t->scratch, "bound");
    mkdir(place, 0755);
    if (mount(t->tree, place, 0, MS_BIND, 0))
        return -errno;
    int result = opened(joined(place, "new"), O_WRONLY | O_CREAT);
    umount2(place, MNT_DETACH);
    return result;
}
FILE_ATTACK(remount_private)
{
    return result_of(mount(0, t->mount, 0, MS_REMOUNT | MS_BIND | MS_PRIVATE | MS_RDONLY, 0));
}
FILE_ATTACK(cover_private)
{
    return result_of(mount(t->scratch, t->tree, 0, MS_BIND | MS_PRIVATE, 0));
}
/* A namespace whose mounts are shared with the first: what is unmounted or covered there is so everywhere. */
FILE_ATTACK(unmount_shared)
{
    if (unshare(CLONE_NEWNS))
        return -errno;
    return result_of(umount2(t->mount, MNT_DETACH));
}
FILE_ATTACK(cover_shared)
{
    if (unshare(CLONE_NEWNS))
        return -errno;
    return result_of(mount("none", t->tree, "tmpfs", 0, 0));
}
/* As a service's own file system view is made: nobody else sees it. */
FILE_ATTACK(cover_own)
{
    if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_SLAVE, 0))
        return -errno;
    return result_of(mount("none", t->above, "tmpfs", 0, 0));
}
FILE_ATTACK(own_namespace)
{
    if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0))
        return -errno;
    return opened(t->inner, O_WRONLY);
}
FILE_ATTACK(own_root)
{
    if (chroot(t->tree))
        return -errno;
    return opened("/new", O_WRONLY | O_CREAT);
}
FILE_ATTACK(overlay_upper)
{
    const char *place = joined(t->scratch, "merged"), *work = joined(t->scratch, "work");
    mkdir(place, 0755);
    mkdir(work, 0755);
    char options[PATH_MAX * 3];
    snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", t->scratch, t->tree, work);
    if (mount("overlay", place, "overlay", 0, options))
        return -errno;
    int result = opened(joined(place, "new"), O_WRONLY | O_CREAT);
    umount2(place, MNT_DETACH);
    return result;
}
FILE_ATTACK(another_root)
{
    const char *place = joined(t->scratch, "root");
    mkdir(place, 0755);
    mount("none", place, "tmpfs", 0, 0);
    const char *old = joined(place, "old");
    mkdir(old, 0755);
    int result = result_of(syscall(SYS_pivot_root, place, old));
    umount2(place, MNT_DETACH);
    return result;
}

FILE_ATTACK(disk_written)
{
    return *t->disk ? opened(t->disk, O_WRONLY) : -ENOSYS;
}
FILE_ATTACK(disk_node)
{
    struct stat status;
    if (!*t->disk || stat(t->disk, &status))
        return -ENOSYS;
    const char *node = joined(t->scratch, "node");
    mknod(node, S_IFBLK | 0600, status.st_rdev);
    return opened(node, O_RDWR);
}
FILE_ATTACK(disk_raw)
{
    if (!*t->disk)
        return -ENOSYS;
    int fd = open(t->disk, O_RDONLY);
    char header[88] = {'S'};
    return result_of(ioctl(fd, 0x2285 /* SG_IO */, header));
}
FILE_ATTACK(disk_file)
{
    return *t->on_disk ? opened(t->on_disk, O_WRONLY) : -ENOSYS;
}
FILE_ATTACK(disk_unmounted)
{
    char root[PATH_MAX];
    snprintf(root, sizeof(root), "%s/disk", t->scratch);
    return *t->disk ? result_of(umount2(root, MNT_DETACH)) : -ENOSYS;
}

FILE_ATTACK(overlay_over)
{
    char options[PATH_MAX * 3];
    const char *upper = joined(t->scratch, "upper"), *work = joined(t->scratch, "over-work");
    mkdir(upper, 0755);
    mkdir(work, 0755);
    snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", t->tree, upper, work);
    if (mount("overlay", t->tree, "overlay", 0, options))
        return -errno;
    int result = opened(joined(t->tree, "new"), O_WRONLY | O_CREAT);
    umount2(t->tree, MNT_DETACH);
    return result;
}
/* No security module is asked. */
FILE_ATTACK(attributes_of_mount)
{
#ifdef SYS_mount_setattr
    struct mount_attr set = {.attr_set = MOUNT_ATTR_RDONLY}, clear = {.attr_clr = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, AT_FDCWD, t->mount, 0, &set, sizeof(set)))
        return -errno;
    return result_of(syscall(SYS_mount_setattr, AT_FDCWD, t->mount, 0, &clear, sizeof(clear)));
#else
    return -ENOSYS;
#endif
}
/* Who opens something there waits for an answer that doesn't come before this one ends. */
FILE_ATTACK(opens_held)
{
    int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
    if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_PERM, AT_FDCWD, t->mount))
        return -errno;
    sleep(1);
    return 0;
}

/* A loop device with the file as its disk, written to. */
static int loop_on(const char *path, int flags)
{
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), file = open(path, flags | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0)
        return -ENOSYS;
    char name[32];
    snprintf(name, sizeof(name), "/dev/loop%d", number);
    int device = open(name, O_RDWR | O_CLOEXEC), off = 0;
    if (device < 0)
        return -errno;
    if (ioctl(device, LOOP_SET_FD, file))
        return -errno;
    ioctl(device, BLKROSET, &off);
    int again = open(name, O_RDWR | O_CLOEXEC);
    char bytes[512] = {0};
    int result = again < 0 ? -errno : result_of(pwrite(again, bytes, sizeof(bytes), 0));
    if (!result)
        result = result_of(fsync(again));
    close(again);
    ioctl(device, LOOP_CLR_FD);
    return result;
}
/* The library has the size of a disk's block at least. */
FILE_ATTACK(loop_written)
{
    return loop_on(joined(t->above, "library.so"), O_RDWR);
}
FILE_ATTACK(loop_read)
{
    return loop_on(joined(t->above, "library.so"), O_RDONLY);
}

#define ON_FILES(name, function) \
    {                            \
        name, "file", function   \
    }
const struct attack mount_attacks[] = {
    ON_FILES("bind over it", cover_file),
    ON_FILES("mount over the tree", cover_tree),
    ON_FILES("mount over a directory above", cover_above),
    ON_FILES("mount over its file system", cover_mount),
    ON_FILES("move_mount over the tree", cover_by_move),
    ON_FILES("umount", unmount),
    ON_FILES("umount, lazily", unmount_lazily),
    ON_FILES("remount read-only", remount),
    ON_FILES("remount the mount read-only", remount_bound),
    ON_FILES("move its mount away", move_mount_away),
    ON_FILES("bind elsewhere and create", bind_and_write),
    ON_FILES("remount the mount read-only, and private at once", remount_private),
    ON_FILES("bind over the tree, and private at once", cover_private),
    ON_FILES("umount in a namespace that shares", unmount_shared),
    ON_FILES("mount over the tree in a namespace that shares", cover_shared),
    ON_FILES("mount over a directory above in a namespace of one's own", cover_own),
    ON_FILES("write in a mount namespace of one's own", own_namespace),
    ON_FILES("create after chroot into the tree", own_root),
    ON_FILES("create through an overlay on the tree", overlay_upper),
    ON_FILES("pivot_root", another_root),
    ON_FILES("an overlay over the tree", overlay_over),
    ON_FILES("mount_setattr", attributes_of_mount),
    ON_FILES("opens held by fanotify", opens_held),
    ON_FILES("a loop device on it, opened for writing", loop_written),
    ON_FILES("a loop device on it, opened for reading", loop_read),
    ON_FILES("open the block device below for writing", disk_written),
    ON_FILES("open another node of it", disk_node),
    ON_FILES("SG_IO on it", disk_raw),
    ON_FILES("open a file on the disk for writing", disk_file),
    ON_FILES("umount the disk, lazily", disk_unmounted),
    {0, 0, 0},
};
