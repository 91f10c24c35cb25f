/* SPDX-License-Identifier: Apache-2.0 */
/* Names in directories: made, removed, renamed, linked. */
#include "child.h"
#include "file_acts.h"
#include "int80.h"
#include "uring.h"

#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

struct name_request {
    int way;
    const char *path, *other;
};

static uint64_t address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* A copy that 32-bit system calls can reach. */
static char *low_copy(const char *path)
{
    char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    return low == MAP_FAILED ? NULL : strcpy(low, path);
}

/* ---- file.create ---- */

static int bind_socket(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof(name.sun_path))
        return fd < 0 ? -errno : -ENAMETOOLONG;
    strcpy(name.sun_path, path);
    int result = RESULT(bind(fd, (struct sockaddr *)&name, sizeof(name)));
    close(fd);
    return result;
}

static int uring_open_new(const char *path)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = address(path), .len = 0644};
    entry.open_flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = uring_perform(&entry);
    return fd < 0 ? fd : child_opened(fd);
}

static int create(enum acts_file_creating way, const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    struct open_how how = {.flags = (uint64_t)flags, .mode = 0644};
    struct io_uring_sqe directory = {.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .addr = address(path), .len = 0755};
    struct io_uring_sqe symbolic = {
        .opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD, .addr = address("to"), .addr2 = address(path)};
    int fd;
    switch (way) {
    case ACTS_CREATE_OPEN:
        return child_opened(open(path, flags, 0644));
    case ACTS_CREATE_OPENAT2:
        return child_opened((int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)));
    case ACTS_CREATE_URING:
        return uring_open_new(path);
    case ACTS_MKNOD_FILE:
        return RESULT(mknod(path, S_IFREG | 0644, 0));
    case ACTS_MKNOD_FIFO:
        return RESULT(mkfifo(path, 0644));
    case ACTS_MKNOD_DEVICE:
        return RESULT(mknod(path, S_IFCHR | 0600, makedev(1, 3)));
    case ACTS_MKDIR:
        return RESULT(mkdir(path, 0755));
    case ACTS_MKDIR_URING:
        return uring_perform(&directory);
    case ACTS_SYMLINK:
        return RESULT(symlink("to", path));
    case ACTS_SYMLINK_URING:
        return uring_perform(&symbolic);
    case ACTS_BIND:
        return bind_socket(path);
    case ACTS_CREATE_32_BIT: /* open(path, flags, mode) */
        fd = (int)int80(5, (long)address(low_copy(path)), flags, 0644, 0, 0);
        return fd < 0 ? fd : child_opened(fd);
    }
    return -EINVAL;
}

static int create_body(void *argument)
{
    struct name_request *r = argument;
    int result = create((enum acts_file_creating)r->way, r->path);
    remove(r->path);
    return result;
}

int acts_create(enum acts_file_creating way, const char *path)
{
    struct name_request r = {(int)way, path, NULL};
    return child_run(create_body, &r);
}

static int tmpfile_body(void *argument)
{
    struct name_request *r = argument;
    int fd = open(r->path, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int result = RESULT(linkat(fd, "", AT_FDCWD, r->other, AT_EMPTY_PATH));
    close(fd);
    unlink(r->other);
    return result;
}

int acts_create_by_tmpfile(const char *directory, const char *path)
{
    struct name_request r = {0, directory, path};
    return child_run(tmpfile_body, &r);
}

/* ---- file.unlink ---- */

static int remove_body(void *argument)
{
    struct name_request *r = argument;
    enum acts_file_removing way = (enum acts_file_removing)r->way;
    int is_directory = way == ACTS_RMDIR || way == ACTS_UNLINKAT_DIRECTORY || way == ACTS_RMDIR_URING;
    struct io_uring_sqe entry = {.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = address(r->path)};
    int error = is_directory ? RESULT(mkdir(r->path, 0755)) : child_make(r->path);
    if (error && error != -EEXIST)
        return error;
    switch (way) {
    case ACTS_UNLINK:
        return RESULT(syscall(SYS_unlink, r->path));
    case ACTS_UNLINKAT:
        return RESULT(unlinkat(AT_FDCWD, r->path, 0));
    case ACTS_RMDIR:
        return RESULT(syscall(SYS_rmdir, r->path));
    case ACTS_UNLINKAT_DIRECTORY:
        return RESULT(unlinkat(AT_FDCWD, r->path, AT_REMOVEDIR));
    case ACTS_UNLINK_URING:
        return uring_perform(&entry);
    case ACTS_RMDIR_URING:
        entry.unlink_flags = AT_REMOVEDIR;
        return uring_perform(&entry);
    case ACTS_UNLINK_32_BIT:
        return (int)int80(10, (long)address(low_copy(r->path)), 0, 0, 0, 0);
    }
    return -EINVAL;
}

int acts_remove(enum acts_file_removing way, const char *path)
{
    struct name_request r = {(int)way, path, NULL};
    return child_run(remove_body, &r);
}

/* ---- file.rename ---- */

static int rename_by(enum acts_file_renaming way, const char *from, const char *to)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_RENAMEAT,
                                 .fd = AT_FDCWD,
                                 .addr = address(from),
                                 .len = (uint32_t)AT_FDCWD,
                                 .addr2 = address(to)};
    switch (way) {
    case ACTS_RENAME:
    case ACTS_RENAME_OVER:
    case ACTS_RENAME_DIRECTORY:
        return RESULT(syscall(SYS_rename, from, to));
    case ACTS_RENAMEAT:
        return RESULT(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
    case ACTS_RENAME_NOREPLACE:
        return RESULT(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
    case ACTS_RENAME_EXCHANGE:
        return RESULT(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE));
    case ACTS_RENAME_URING:
        return uring_perform(&entry);
    }
    return -EINVAL;
}

static int rename_body(void *argument)
{
    struct name_request *r = argument;
    enum acts_file_renaming way = (enum acts_file_renaming)r->way;
    remove(r->path);
    remove(r->other);
    int error = way == ACTS_RENAME_DIRECTORY ? RESULT(mkdir(r->path, 0755)) : child_make(r->path);
    if (!error && (way == ACTS_RENAME_EXCHANGE || way == ACTS_RENAME_OVER))
        error = child_make(r->other);
    if (error)
        return error;
    int result = rename_by(way, r->path, r->other);
    remove(r->path);
    remove(r->other);
    return result;
}

int acts_rename(enum acts_file_renaming way, const char *from, const char *to)
{
    struct name_request r = {(int)way, from, to};
    return child_run(rename_body, &r);
}

/* ---- file.link ---- */

static int link_by(enum acts_file_linking way, const char *from, const char *to)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_LINKAT,
                                 .fd = AT_FDCWD,
                                 .addr = address(from),
                                 .len = (uint32_t)AT_FDCWD,
                                 .addr2 = address(to)};
    char name[64];
    int fd = -1;
    if (way == ACTS_LINK_DESCRIPTOR || way == ACTS_LINK_PROC) {
        fd = open(from, O_PATH | O_CLOEXEC);
        if (fd < 0)
            return -errno;
    }
    switch (way) {
    case ACTS_LINK:
        return RESULT(syscall(SYS_link, from, to));
    case ACTS_LINKAT:
        return RESULT(linkat(AT_FDCWD, from, AT_FDCWD, to, 0));
    case ACTS_LINK_DESCRIPTOR:
        return RESULT(linkat(fd, "", AT_FDCWD, to, AT_EMPTY_PATH));
    case ACTS_LINK_PROC:
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        return RESULT(linkat(AT_FDCWD, name, AT_FDCWD, to, AT_SYMLINK_FOLLOW));
    case ACTS_LINK_URING:
        return uring_perform(&entry);
    }
    return -EINVAL;
}

static int link_body(void *argument)
{
    struct name_request *r = argument;
    unlink(r->other);
    int error = child_make(r->path);
    if (error)
        return error;
    int result = link_by((enum acts_file_linking)r->way, r->path, r->other);
    unlink(r->other);
    unlink(r->path);
    return result;
}

int acts_link(enum acts_file_linking way, const char *from, const char *to)
{
    struct name_request r = {(int)way, from, to};
    return child_run(link_body, &r);
}
