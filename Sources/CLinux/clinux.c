/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clinux.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int clinux_lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB);
}

uint64_t clinux_fetch_add(void *counter, uint64_t amount)
{
    return __atomic_fetch_add((uint64_t *)counter, amount, __ATOMIC_SEQ_CST);
}

void clinux_name_thread(const char *name)
{
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

unsigned clinux_thread_number(void)
{
    return (unsigned)gettid();
}

int clinux_open_place(const char *path)
{
    return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int clinux_open_unnoticed(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOATIME);
}

unsigned clinux_major(uint64_t device)
{
    return major(device);
}

unsigned clinux_minor(uint64_t device)
{
    return minor(device);
}

int clinux_take_read_lease(int fd)
{
    /* Nobody gets the signal of a break: the lease is looked at instead. */
    return fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(fd, F_SETOWN, 0) == 0 ? 0 : -1;
}

int clinux_has_read_lease(int fd)
{
    return fcntl(fd, F_GETLEASE) == F_RDLCK;
}

int clinux_hold_files(const int *files, unsigned count)
{
    struct io_uring_params parameters = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 1, &parameters);
    if (ring >= 0 && syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, files, count) != 0) {
        close(ring);
        return -1;
    }
    return ring;
}
