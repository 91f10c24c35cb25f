/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on files, directories and what they are reached by. */
#include "attack.h"

#include <linux/fs.h>
#include <sys/acct.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define FILE_ATTACK(function) static int function(const struct acts_target *t)

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

FILE_ATTACK(open_write)
{
    return opened(t->file, O_WRONLY);
}
FILE_ATTACK(open_both)
{
    return opened(t->file, O_RDWR | O_APPEND);
}
FILE_ATTACK(open_truncate)
{
    return opened(t->file, O_RDONLY | O_TRUNC);
}
FILE_ATTACK(open_inner)
{
    return opened(t->inner, O_WRONLY);
}
FILE_ATTACK(open_read)
{
    return opened(t->file, O_RDONLY);
}
FILE_ATTACK(truncate_path)
{
    return result_of(truncate(t->file, 0));
}

FILE_ATTACK(open_again)
{
    char path[64];
    int fd = open(t->file, O_RDONLY);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return opened(path, O_WRONLY);
}

FILE_ATTACK(open_handle)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[128];
    } h = {.handle.handle_bytes = 128};
    int mount = 0;
    if (name_to_handle_at(AT_FDCWD, t->inner, &h.handle, &mount, 0))
        return -errno;
    int directory = open(t->mount, O_RDONLY | O_DIRECTORY);
    int fd = open_by_handle_at(directory, &h.handle, O_WRONLY);
    return fd < 0 ? -errno : 0;
}

/* What it is reached by is forgotten before: the kernel can't say any more where it lies. */
FILE_ATTACK(open_handle_forgotten)
{
    if (!*t->on_disk)
        return -ENOSYS;
    struct {
        struct file_handle handle;
        unsigned char bytes[128];
    } h = {.handle.handle_bytes = 128};
    int mount = 0;
    if (name_to_handle_at(AT_FDCWD, t->on_disk, &h.handle, &mount, 0))
        return -errno;
    char root[PATH_MAX];
    snprintf(root, sizeof(root), "%s/disk", t->scratch);
    int directory = open(root, O_RDONLY | O_DIRECTORY);
    sync();
    write_to("/proc/sys/vm/drop_caches", "3");
    int fd = open_by_handle_at(directory, &h.handle, O_WRONLY);
    return fd < 0 ? -errno : 0;
}

FILE_ATTACK(map_shared)
{
    int fd = open(t->file, O_RDWR);
    return fd < 0 ? -errno : 0;
}
FILE_ATTACK(account)
{
    return result_of(acct(t->file));
}
FILE_ATTACK(swap_on)
{
    return result_of(swapon(t->file, 0));
}

FILE_ATTACK(unlink_file)
{
    return result_of(unlink(t->file));
}
FILE_ATTACK(unlink_inner)
{
    return result_of(unlink(t->inner));
}
FILE_ATTACK(remove_tree)
{
    return result_of(rmdir(t->tree));
}
FILE_ATTACK(rename_file)
{
    return result_of(rename(t->file, joined(t->above, "other")));
}
FILE_ATTACK(rename_inner_out)
{
    return result_of(rename(t->inner, joined(t->above, "other")));
}
FILE_ATTACK(rename_tree)
{
    return result_of(rename(t->tree, joined(t->above, "other")));
}
FILE_ATTACK(rename_above)
{
    char other[PATH_MAX];
    snprintf(other, sizeof(other), "%s-other", t->above);
    if (rename(t->above, other))
        return -errno;
    rename(other, t->above);
    return 0;
}
FILE_ATTACK(rename_over)
{
    const char *own = joined(t->scratch, "own");
    close(open(own, O_WRONLY | O_CREAT, 0644));
    return result_of(rename(own, t->file));
}
FILE_ATTACK(exchange)
{
    const char *own = joined(t->scratch, "own");
    close(open(own, O_WRONLY | O_CREAT, 0644));
    return result_of(renameat2(AT_FDCWD, own, AT_FDCWD, t->file, RENAME_EXCHANGE));
}
FILE_ATTACK(rename_into)
{
    const char *own = joined(t->scratch, "own");
    close(open(own, O_WRONLY | O_CREAT, 0644));
    return result_of(rename(own, joined(t->tree, "new")));
}
FILE_ATTACK(link_file)
{
    return result_of(link(t->file, joined(t->scratch, "link")));
}
FILE_ATTACK(link_into)
{
    const char *own = joined(t->scratch, "own");
    close(open(own, O_WRONLY | O_CREAT, 0644));
    return result_of(link(own, joined(t->tree, "new")));
}
FILE_ATTACK(create_in)
{
    return opened(joined(t->tree, "new"), O_WRONLY | O_CREAT | O_EXCL);
}
FILE_ATTACK(make_directory_in)
{
    return result_of(mkdir(joined(t->tree, "new"), 0755));
}
FILE_ATTACK(make_node_in)
{
    return result_of(mknod(joined(t->tree, "new"), S_IFIFO | 0644, 0));
}
FILE_ATTACK(make_link_in)
{
    return result_of(symlink("/etc/passwd", joined(t->tree, "new")));
}
FILE_ATTACK(unnamed_into)
{
    int fd = open(t->scratch, O_TMPFILE | O_WRONLY, 0644);
    if (fd < 0)
        return -errno;
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return result_of(linkat(AT_FDCWD, path, AT_FDCWD, joined(t->tree, "new"), AT_SYMLINK_FOLLOW));
}

FILE_ATTACK(mode)
{
    return result_of(chmod(t->file, 0777));
}
FILE_ATTACK(mode_inner)
{
    return result_of(chmod(t->inner, 0777));
}
FILE_ATTACK(owner)
{
    return result_of(chown(t->file, 65534, 65534));
}
FILE_ATTACK(times)
{
    return result_of(utimes(t->file, 0));
}
FILE_ATTACK(attribute)
{
    return result_of(setxattr(t->file, "trusted.attack", "x", 1, 0));
}
FILE_ATTACK(attribute_removed)
{
    return result_of(removexattr(t->file, "trusted.attack"));
}
FILE_ATTACK(capability)
{
    return result_of(setxattr(t->executable, "security.capability", "", 0, 0));
}
FILE_ATTACK(immutable)
{
    int fd = open(t->file, O_RDONLY);
    int flags = 0x10; /* FS_IMMUTABLE_FL */
    return result_of(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}
FILE_ATTACK(immutable_tree)
{
    int fd = open(t->tree, O_RDONLY);
    int flags = 0x10;
    return result_of(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}
FILE_ATTACK(freeze)
{
    int fd = open(t->mount, O_RDONLY);
    if (ioctl(fd, FIFREEZE, 0))
        return -errno;
    ioctl(fd, FITHAW, 0);
    return 0;
}
FILE_ATTACK(lock)
{
    int fd = open(t->file, O_RDONLY);
    return result_of(flock(fd, LOCK_EX | LOCK_NB));
}

FILE_ATTACK(executable_written)
{
    return opened(t->executable, O_WRONLY);
}
FILE_ATTACK(executable_renamed)
{
    return result_of(rename(t->executable, joined(t->scratch, "executable")));
}
FILE_ATTACK(executable_covered)
{
    if (mount("/bin/true", t->executable, 0, MS_BIND, 0))
        return -errno;
    umount2(t->executable, MNT_DETACH);
    return 0;
}
FILE_ATTACK(library_written)
{
    return opened(joined(t->above, "library.so"), O_WRONLY);
}

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

FILE_ATTACK(socket_removed)
{
    return result_of(unlink(t->socket));
}
FILE_ATTACK(socket_renamed)
{
    return result_of(rename(t->socket, joined(t->scratch, "socket")));
}
FILE_ATTACK(socket_squatted)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s2", t->socket);
    return result_of(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}
FILE_ATTACK(socket_connected)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", t->socket);
    return result_of(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

#define ON_FILES(name, function) \
    {                            \
        name, "file", function   \
    }
const struct attack file_attacks[] = {
    ON_FILES("open for writing", open_write),
    ON_FILES("open for both", open_both),
    ON_FILES("open for reading with O_TRUNC", open_truncate),
    ON_FILES("open for writing in the tree", open_inner),
    ON_FILES("open for reading", open_read),
    ON_FILES("truncate", truncate_path),
    ON_FILES("/proc/self/fd/N for writing", open_again),
    ON_FILES("open_by_handle_at for writing", open_handle),
    ON_FILES("open_by_handle_at once caches are dropped", open_handle_forgotten),
    ON_FILES("open to map it shared", map_shared),
    ON_FILES("acct", account),
    ON_FILES("swapon", swap_on),
    ON_FILES("unlink", unlink_file),
    ON_FILES("unlink in the tree", unlink_inner),
    ON_FILES("rmdir of the tree", remove_tree),
    ON_FILES("rename", rename_file),
    ON_FILES("rename out of the tree", rename_inner_out),
    ON_FILES("rename of the tree", rename_tree),
    ON_FILES("rename of a directory above", rename_above),
    ON_FILES("rename over it", rename_over),
    ON_FILES("exchange", exchange),
    ON_FILES("rename into the tree", rename_into),
    ON_FILES("link to it", link_file),
    ON_FILES("link into the tree", link_into),
    ON_FILES("create in the tree", create_in),
    ON_FILES("mkdir in the tree", make_directory_in),
    ON_FILES("mknod in the tree", make_node_in),
    ON_FILES("symlink in the tree", make_link_in),
    ON_FILES("O_TMPFILE linked into the tree", unnamed_into),
    ON_FILES("chmod", mode),
    ON_FILES("chmod in the tree", mode_inner),
    ON_FILES("chown", owner),
    ON_FILES("utimes", times),
    ON_FILES("setxattr", attribute),
    ON_FILES("removexattr", attribute_removed),
    ON_FILES("setxattr of the executable", capability),
    ON_FILES("chattr +i", immutable),
    ON_FILES("chattr +i of the tree", immutable_tree),
    ON_FILES("freeze the file system", freeze),
    ON_FILES("flock", lock),
    ON_FILES("open the executable for writing", executable_written),
    ON_FILES("rename the executable", executable_renamed),
    ON_FILES("bind over the executable", executable_covered),
    ON_FILES("open a mapped library for writing", library_written),
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
    ON_FILES("open the block device below for writing", disk_written),
    ON_FILES("open another node of it", disk_node),
    ON_FILES("SG_IO on it", disk_raw),
    ON_FILES("open a file on the disk for writing", disk_file),
    ON_FILES("umount the disk, lazily", disk_unmounted),
    ON_FILES("unlink the socket", socket_removed),
    ON_FILES("rename the socket", socket_renamed),
    ON_FILES("bind beside the socket", socket_squatted),
    ON_FILES("connect to the socket", socket_connected),
    {0, 0, 0},
};
