/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
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

int clinux_is_unwritten(int fd)
{
    if (clinux_take_read_lease(fd))
        return 0;
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return 1;
}

/* What is written is the zero that is there: the page may be the one that all share. */
static int writes_read_only_here(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    if (zero < 0)
        return -errno;
    int result = -ENOMEM;
    volatile char *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        (void)page[0]; /* it must be there: else the kernel would fault it in, and refuse that */
        result = read(zero, (void *)page, 1) == 1 ? 1 : errno == EFAULT ? 0 : -errno;
        munmap((void *)page, size);
    }
    close(zero);
    return result;
}

int clinux_writes_read_only(unsigned processor)
{
    /* Processors beyond are none that Linux has. */
    unsigned long before[8192 / (8 * sizeof(long))] = {0}, wanted[8192 / (8 * sizeof(long))] = {0};
    if (processor >= 8 * sizeof(wanted))
        return -EINVAL;
    long length = syscall(SYS_sched_getaffinity, 0, sizeof(before), before);
    if (length < 0)
        return -errno;
    wanted[processor / (8 * sizeof(long))] = 1ul << processor % (8 * sizeof(long));
    if (syscall(SYS_sched_setaffinity, 0, sizeof(wanted), wanted))
        return -errno;
    int result = writes_read_only_here();
    syscall(SYS_sched_setaffinity, 0, length, before);
    return result;
}

int clinux_keeps_content(int fd)
{
    struct statfs status;
    if (fstatfs(fd, &status))
        return 0;
    switch ((uint32_t)status.f_type) {
    case 0xef53:     /* ext2, ext3, ext4 */
    case 0x58465342: /* XFS */
    case 0x9123683e: /* btrfs */
    case 0xf2f52010: /* F2FS */
    case 0x01021994: /* tmpfs */
        return 1;
    default:
        return 0;
    }
}

int clinux_is_remote(int fd)
{
    struct statfs status;
    if (fstatfs(fd, &status))
        return 1;
    switch ((uint32_t)status.f_type) {
    case 0x65735546: /* FUSE */
    case 0x6969:     /* NFS */
    case 0xff534d42: /* CIFS */
    case 0xfe534d42: /* SMB2 */
    case 0x01021997: /* 9p */
    case 0x00c36400: /* Ceph */
    case 0x6b414653: /* AFS */
    case 0x73757245: /* Coda */
        return 1;
    default:
        return 0;
    }
}

int clinux_sealed_memory(const char *name, uint64_t size)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int clinux_cannot_shrink(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK);
}

int clinux_is_known_as(const char *path, uint64_t device, uint64_t inode)
{
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    int fd = -1;
    /* A rename anywhere makes the walk fail, too: a second attempt mostly succeeds. */
    for (int attempt = 0; attempt < 4 && fd < 0; attempt++) {
        fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
        if (fd < 0 && errno != EAGAIN)
            return 0;
    }
    if (fd < 0)
        return 0;
    struct statx status;
    int known = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &status) == 0 && status.stx_ino == inode &&
                makedev(status.stx_dev_major, status.stx_dev_minor) == device;
    close(fd);
    return known;
}

long clinux_read_at_once(int fd, void *bytes, unsigned long count, int64_t offset)
{
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    long result = preadv2(fd, &part, 1, offset, RWF_NOWAIT);
    if (result >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
        return result;
    return pread(fd, bytes, count, offset);
}

int clinux_set_nice(int nice)
{
    return setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
}

int clinux_is_thread_of(int process, int thread)
{
    return syscall(SYS_tgkill, process, thread, 0) == 0;
}

int clinux_open_process(int pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int clinux_signal_process(int process, int number)
{
    return (int)syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

int clinux_copy_above(int fd, int lowest)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

void clinux_fill_descriptors(int fd, int limit)
{
    int copy;
    while ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) >= 0 && copy < limit)
        ;
    if (copy >= 0)
        close(copy);
}

void clinux_close_from(unsigned first)
{
    syscall(SYS_close_range, first, ~0u, 0);
}

int clinux_lock_memory(void)
{
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
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

int clinux_eventfd(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int clinux_wait_readable(int fd, uint64_t nanoseconds)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    return ppoll(&polled, 1, nanoseconds == UINT64_MAX ? NULL : &time, NULL);
}
