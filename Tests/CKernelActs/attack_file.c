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
    ON_FILES("unlink the socket", socket_removed),
    ON_FILES("rename the socket", socket_renamed),
    ON_FILES("bind beside the socket", socket_squatted),
    ON_FILES("connect to the socket", socket_connected),
    {0, 0, 0},
};
