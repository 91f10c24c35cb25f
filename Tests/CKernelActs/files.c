/* SPDX-License-Identifier: Apache-2.0 */
/* Files that exist: opened, their attributes set, cut. */
#include "child.h"
#include "file_acts.h"
#include "int80.h"
#include "uring.h"

#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

/* fchmodat2: Linux 6.6. */
enum { FCHMODAT2 = 452 };

struct file_request {
    int way;
    const char *path, *other;
    int flags;
    uint32_t uid;
};

static uint64_t address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* ---- file.open ---- */

static int open_by_handle(const char *path, int flags)
{
    struct {
        struct file_handle handle;
        unsigned char bytes[128];
    } space;
    struct file_handle *handle = (void *)&space;
    int mount;
    handle->handle_bytes = sizeof(space.bytes);
    if (name_to_handle_at(AT_FDCWD, path, handle, &mount, 0))
        return -errno;
    /* The mount that it lies on, by the directory above. */
    char directory[4096];
    char *slash = strrchr(strcpy(directory, path), '/');
    *slash = 0;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = child_opened(open_by_handle_at(fd, handle, flags));
    close(fd);
    return result;
}

static int open_again(const char *path, int flags)
{
    char name[64];
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    int result = child_opened(open(name, flags));
    close(fd);
    return result;
}

static int open_by_32_bit_call(const char *path, int flags)
{
    char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return -errno;
    int fd = (int)int80(5, (long)address(strcpy(low, path)), flags, 0, 0, 0);
    return fd < 0 ? fd : child_opened(fd);
}

static int open_by_uring(enum acts_file_opening way, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags};
    struct io_uring_sqe entry = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = address(path)};
    if (way == ACTS_OPEN_URING2) {
        entry.opcode = IORING_OP_OPENAT2;
        entry.len = sizeof(how);
        entry.addr2 = address(&how);
    } else {
        entry.open_flags = (uint32_t)flags;
        entry.flags = way == ACTS_OPEN_URING_WORKER ? IOSQE_ASYNC : 0;
    }
    int fd = uring_perform(&entry);
    return fd < 0 ? fd : child_opened(fd);
}

static int account(const char *path)
{
    if (acct(path))
        return -errno;
    acct(NULL);
    return 0;
}

static int open_body(void *argument)
{
    struct file_request *r = argument;
    enum acts_file_opening way = (enum acts_file_opening)r->way;
    int flags = r->flags | O_CLOEXEC;
    struct open_how how = {.flags = (uint64_t)flags};
    switch (way) {
    case ACTS_OPEN:
        return child_opened((int)syscall(SYS_open, r->path, flags));
    case ACTS_OPENAT:
        return child_opened(openat(AT_FDCWD, r->path, flags));
    case ACTS_OPENAT2:
        return child_opened((int)syscall(SYS_openat2, AT_FDCWD, r->path, &how, sizeof(how)));
    case ACTS_OPEN_BY_HANDLE:
        return open_by_handle(r->path, flags);
    case ACTS_OPEN_AGAIN:
        return open_again(r->path, flags);
    case ACTS_OPEN_32_BIT:
        return open_by_32_bit_call(r->path, flags);
    case ACTS_OPEN_URING_WORKER:
        if (child_drop_monitoring())
            return -EPERM;
        return open_by_uring(way, r->path, flags);
    case ACTS_OPEN_URING:
    case ACTS_OPEN_URING2:
        return open_by_uring(way, r->path, flags);
    case ACTS_CREAT:
        return child_opened(creat(r->path, 0644));
    case ACTS_ACCOUNT:
        return account(r->path);
    }
    return -EINVAL;
}

int acts_open_file(enum acts_file_opening way, const char *path, int flags)
{
    struct file_request r = {.way = (int)way, .path = path, .flags = flags};
    return child_run(open_body, &r);
}

static int chroot_body(void *argument)
{
    struct file_request *r = argument;
    if (chroot(r->other) || chdir("/"))
        return -errno;
    return child_opened(open(r->path, r->flags | O_CLOEXEC));
}

int acts_open_in_chroot(const char *root, const char *path, int flags)
{
    struct file_request r = {.path = path, .other = root, .flags = flags};
    return child_run(chroot_body, &r);
}

static int own_tmp_body(void *argument)
{
    struct file_request *r = argument;
    char path[256], map[64];
    if (r->uid) {
        int error = child_become(r->uid);
        gid_t group = getegid();
        if (error)
            return error;
        if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
            return -errno;
        /* Files can be made by mapped users of mapped groups only. */
        snprintf(map, sizeof(map), "0 %u 1", r->uid);
        error = child_put("/proc/self/uid_map", map);
        if (!error)
            error = child_put("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", group);
        if (!error)
            error = child_put("/proc/self/gid_map", map);
        if (error)
            return error;
    } else if (unshare(CLONE_NEWNS)) {
        return -errno;
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("own", "/tmp", "tmpfs", 0, NULL))
        return -errno;
    snprintf(path, sizeof(path), "/tmp/%s", r->path);
    if (mknod(path, S_IFREG | 0644, 0))
        return -errno;
    return child_opened(open(path, O_RDONLY | O_CLOEXEC));
}

int acts_open_in_own_tmp(uint32_t uid, const char *name)
{
    struct file_request r = {.path = name, .uid = uid};
    return child_run(own_tmp_body, &r);
}

/* ---- file.set_attributes ---- */

static const char attribute[] = "trusted.acts";
static const char list_attribute[] = "system.posix_acl_access";

/* Owner, user 65534, group, mask, others: struct posix_acl_xattr_header and entries. */
static const uint32_t access_list[] = {2,          0x00060001, UINT32_MAX, 0x00040002, 65534,     0x00040004,
                                       UINT32_MAX, 0x00040010, UINT32_MAX, 0x00040020, UINT32_MAX};

int acts_prepare_attributes(const char *path)
{
    return setxattr(path, attribute, "old", 3, 0) || setxattr(path, list_attribute, access_list, sizeof(access_list), 0)
               ? -errno
               : 0;
}

static int set_attribute_by_uring(enum acts_file_setting way, const char *path, int fd)
{
    struct io_uring_sqe entry = {.addr = address(attribute), .addr2 = address("new"), .len = 3};
    entry.opcode = way == ACTS_SETXATTR_URING ? IORING_OP_SETXATTR : IORING_OP_FSETXATTR;
    if (way == ACTS_SETXATTR_URING)
        entry.addr3 = address(path);
    else
        entry.fd = fd;
    return uring_perform(&entry);
}

static int set_body(void *argument)
{
    struct file_request *r = argument;
    enum acts_file_setting way = (enum acts_file_setting)r->way;
    const char *path = r->path;
    struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    struct utimbuf old_times = {1000000000, 1000000000};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    switch (way) {
    case ACTS_CHMOD:
        return RESULT(syscall(SYS_chmod, path, 0640));
    case ACTS_FCHMOD:
        return RESULT(fchmod(fd, 0644));
    case ACTS_FCHMODAT:
        return RESULT(syscall(SYS_fchmodat, AT_FDCWD, path, 0640));
    case ACTS_FCHMODAT2:
        return RESULT(syscall(FCHMODAT2, AT_FDCWD, path, 0644, 0));
    case ACTS_CHOWN:
        return RESULT(syscall(SYS_chown, path, 1, 1));
    case ACTS_FCHOWN:
        return RESULT(fchown(fd, 0, 0));
    case ACTS_LCHOWN:
        return RESULT(syscall(SYS_lchown, path, 1, 1));
    case ACTS_FCHOWNAT:
        return RESULT(fchownat(AT_FDCWD, path, 0, 0, 0));
    case ACTS_UTIMENSAT:
        return RESULT(utimensat(AT_FDCWD, path, times, 0));
    case ACTS_FUTIMENS:
        return RESULT(futimens(fd, times));
    case ACTS_UTIME:
        return RESULT(syscall(SYS_utime, path, &old_times));
    case ACTS_SETXATTR:
        return RESULT(setxattr(path, attribute, "new", 3, 0));
    case ACTS_LSETXATTR:
        return RESULT(lsetxattr(path, attribute, "new", 3, 0));
    case ACTS_FSETXATTR:
        return RESULT(fsetxattr(fd, attribute, "new", 3, 0));
    case ACTS_SETXATTR_URING:
    case ACTS_FSETXATTR_URING:
        return set_attribute_by_uring(way, path, fd);
    case ACTS_REMOVEXATTR:
        return RESULT(removexattr(path, attribute));
    case ACTS_FREMOVEXATTR:
        return RESULT(fremovexattr(fd, attribute));
    case ACTS_SET_ACL:
        return RESULT(setxattr(path, list_attribute, access_list, sizeof(access_list), 0));
    case ACTS_REMOVE_ACL:
        return RESULT(removexattr(path, list_attribute));
    }
    return -EINVAL;
}

int acts_set_attribute(enum acts_file_setting way, const char *path)
{
    struct file_request r = {.way = (int)way, .path = path};
    return child_run(set_body, &r);
}

/* ---- file.truncate ---- */

static int truncate_body(void *argument)
{
    struct file_request *r = argument;
    struct io_uring_sqe entry = {.opcode = URING_FTRUNCATE, .off = 5};
    int fd = open(r->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    entry.fd = fd;
    switch ((enum acts_file_truncating)r->way) {
    case ACTS_TRUNCATE:
        return RESULT(truncate(r->path, 5));
    case ACTS_FTRUNCATE:
        return RESULT(ftruncate(fd, 5));
    case ACTS_OPEN_TRUNCATING:
        return child_opened(open(r->path, O_WRONLY | O_TRUNC | O_CLOEXEC));
    case ACTS_CREAT_TRUNCATING:
        return child_opened(creat(r->path, 0644));
    case ACTS_FTRUNCATE_URING:
        return uring_perform(&entry);
    }
    return -EINVAL;
}

int acts_truncate(enum acts_file_truncating way, const char *path)
{
    struct file_request r = {.way = (int)way, .path = path};
    return child_run(truncate_body, &r);
}

/* ---- fs-verity ---- */

int acts_enable_verity(const char *path, unsigned char *digest)
{
    struct fsverity_enable_arg enable = {.version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = 4096};
    union {
        struct fsverity_digest head;
        unsigned char bytes[sizeof(struct fsverity_digest) + 32];
    } measured = {.head.digest_size = 32};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = ioctl(fd, FS_IOC_ENABLE_VERITY, &enable) || ioctl(fd, FS_IOC_MEASURE_VERITY, &measured) ? -errno : 0;
    close(fd);
    memcpy(digest, measured.head.digest, 32);
    return result;
}
