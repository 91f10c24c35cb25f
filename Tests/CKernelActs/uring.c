/* SPDX-License-Identifier: Apache-2.0 */
/* io_uring by its system calls: a path to the kernel's file operations that is no system call of their name. */
#include "child.h"
#include "uring.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static void *map_ring(int ring, size_t size, off_t offset)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);
}

static int has_operation(int ring, unsigned operation)
{
    _Alignas(8) char space[sizeof(struct io_uring_probe) + 256 * sizeof(struct io_uring_probe_op)];
    struct io_uring_probe *known = (struct io_uring_probe *)(void *)space;
    memset(space, 0, sizeof(space));
    if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_PROBE, known, 256))
        return 0;
    return operation < known->ops_len && (known->ops[operation].flags & IO_URING_OP_SUPPORTED);
}

int uring_perform(const struct io_uring_sqe *entry)
{
    struct io_uring_params p;
    memset(&p, 0, sizeof(p));
    int ring = (int)syscall(SYS_io_uring_setup, 1, &p);
    if (ring < 0)
        return -errno;
    if (!has_operation(ring, entry->opcode)) {
        close(ring);
        return -ENOSYS;
    }
    char *sq = map_ring(ring, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    char *cq = map_ring(ring, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    struct io_uring_sqe *entries = map_ring(ring, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)entries == MAP_FAILED)
        return -errno; /* the child that asked ends anyway */
    entries[0] = *entry;
    ((unsigned *)(void *)(sq + p.sq_off.array))[0] = 0;
    __atomic_store_n((unsigned *)(void *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return -errno;
    if (__atomic_load_n((unsigned *)(void *)(cq + p.cq_off.tail), __ATOMIC_ACQUIRE) != 1)
        return -EIO;
    return ((struct io_uring_cqe *)(void *)(cq + p.cq_off.cqes))[0].res;
}
