/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that becomes executable: mapped so, and made so. */
#include "child.h"
#include "int80.h"
#include "memory_acts.h"

#include <sys/auxv.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

struct memory_request {
    int way;
    const char *path;
};

static int mapped(void *start)
{
    return start == MAP_FAILED ? -errno : 0;
}

static int imply_execution(void)
{
    return RESULT(personality(READ_IMPLIES_EXEC));
}

static int new_memfd(void)
{
    int fd = memfd_create("acts", MFD_CLOEXEC);
    return fd < 0 || ftruncate(fd, PAGE) ? -1 : fd;
}

/* The descriptor of a file that has no link left. */
static int open_deleted(const char *path)
{
    if (child_make(path))
        return -1;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    return fd < 0 || unlink(path) ? -1 : fd;
}

static int attach_executable(void)
{
    int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
    if (id < 0)
        return -errno;
    int result = mapped(shmat(id, NULL, SHM_EXEC));
    shmctl(id, IPC_RMID, NULL);
    return result;
}

static int map_descriptor(int fd, int protection, int flags)
{
    if (fd < 0)
        return -errno;
    int result = mapped(mmap(NULL, PAGE, protection, flags, fd, 0));
    close(fd);
    return result;
}

static int map_by_32_bit_call(void)
{
    /* mmap2(addr, length, prot, flags, fd, offset) */
    long result = int80(192, 0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    return result < 0 && result > -4096 ? (int)result : 0;
}

static int map_body(void *argument)
{
    struct memory_request *r = argument;
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS, code = PROT_READ | PROT_EXEC;
    int error;
    switch ((enum acts_mapping)r->way) {
    case ACTS_MAP_ANONYMOUS:
        return mapped(mmap(NULL, PAGE, code, anonymous, -1, 0));
    case ACTS_MAP_ANONYMOUS_WRITABLE:
        return mapped(mmap(NULL, PAGE, code | PROT_WRITE, anonymous, -1, 0));
    case ACTS_MAP_IMPLIED:
        error = imply_execution();
        return error ? error : mapped(mmap(NULL, PAGE, PROT_READ, anonymous, -1, 0));
    case ACTS_MAP_MEMFD:
        return map_descriptor(new_memfd(), code, MAP_PRIVATE);
    case ACTS_MAP_MEMFD_SHARED:
        return map_descriptor(new_memfd(), code, MAP_SHARED);
    case ACTS_MAP_SHARED:
        return mapped(mmap(NULL, PAGE, code, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    case ACTS_MAP_SYSTEM_V:
        return attach_executable();
    case ACTS_MAP_FILE_WRITABLE:
        return map_descriptor(open(r->path, O_RDONLY | O_CLOEXEC), code | PROT_WRITE, MAP_PRIVATE);
    case ACTS_MAP_FILE_DELETED:
        return map_descriptor(open_deleted(r->path), code, MAP_PRIVATE);
    case ACTS_MAP_32_BIT:
        return map_by_32_bit_call();
    }
    return -EINVAL;
}

int acts_map(enum acts_mapping way, const char *path)
{
    struct memory_request r = {(int)way, path};
    return child_run(map_body, &r);
}

/* ---- memory.make_executable ---- */

static void *anonymous_page(int protection, int flags)
{
    return mmap(NULL, PAGE, protection, MAP_ANONYMOUS | flags, -1, 0);
}

static void *descriptor_page(int fd, int flags)
{
    if (fd < 0)
        return MAP_FAILED;
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
    close(fd);
    return page;
}

static void *system_v_page(void)
{
    int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
    void *page = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);
    if (id >= 0)
        shmctl(id, IPC_RMID, NULL);
    return page;
}

static void *heap_page(void)
{
    char *end = sbrk(3 * PAGE);
    return end == (void *)-1 ? MAP_FAILED : (void *)(((uintptr_t)end + PAGE) & ~(uintptr_t)(PAGE - 1));
}

/* Where the name of the executed file lies: on the stack that the process was started with. */
static void *stack_page(void)
{
    return (void *)(getauxval(AT_EXECFN) & ~(unsigned long)(PAGE - 1));
}

static int protect_by_32_bit_call(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (page == MAP_FAILED)
        return -errno;
    return (int)int80(125, (long)(uintptr_t)page, PAGE, PROT_READ | PROT_EXEC, 0, 0);
}

/* Writes to the page first, so that it differs from what it came from. */
static int protect_page(void *page, int protection)
{
    if (page == MAP_FAILED)
        return -errno;
    *(volatile char *)page = 1;
    return RESULT(mprotect(page, PAGE, protection));
}

static int protect_body(void *argument)
{
    struct memory_request *r = argument;
    const int data = PROT_READ | PROT_WRITE, code = PROT_READ | PROT_EXEC;
    void *page = MAP_FAILED;
    switch ((enum acts_protection)r->way) {
    case ACTS_PROTECT_ANONYMOUS:
        return protect_page(anonymous_page(data, MAP_PRIVATE), code);
    case ACTS_PROTECT_ANONYMOUS_WRITABLE:
        return protect_page(anonymous_page(data, MAP_PRIVATE), code | PROT_WRITE);
    case ACTS_PROTECT_UNTOUCHED:
        page = anonymous_page(PROT_NONE, MAP_PRIVATE);
        return page == MAP_FAILED ? -errno : RESULT(mprotect(page, PAGE, code));
    case ACTS_PROTECT_IMPLIED:
        page = anonymous_page(data, MAP_PRIVATE);
        return imply_execution() ? -errno : protect_page(page, PROT_READ);
    case ACTS_PROTECT_KEY:
        page = anonymous_page(data, MAP_PRIVATE);
        return page == MAP_FAILED ? -errno : RESULT(syscall(SYS_pkey_mprotect, page, PAGE, code, -1));
    case ACTS_PROTECT_STACK:
        page = stack_page(); /* in use: it must stay writable, and what is written there stays as it is */
        return RESULT(mprotect(page, PAGE, code | PROT_WRITE));
    case ACTS_PROTECT_HEAP:
        return protect_page(heap_page(), code);
    case ACTS_PROTECT_FILE_MODIFIED:
        return protect_page(descriptor_page(open(r->path, O_RDONLY | O_CLOEXEC), MAP_PRIVATE), code);
    case ACTS_PROTECT_FILE_DELETED:
        return protect_page(descriptor_page(open_deleted(r->path), MAP_SHARED), code);
    case ACTS_PROTECT_MEMFD:
        return protect_page(descriptor_page(new_memfd(), MAP_SHARED), code);
    case ACTS_PROTECT_SHARED:
        return protect_page(anonymous_page(data, MAP_SHARED), code);
    case ACTS_PROTECT_SYSTEM_V:
        return protect_page(system_v_page(), code);
    case ACTS_PROTECT_32_BIT:
        return protect_by_32_bit_call();
    }
    return -EINVAL;
}

int acts_protect(enum acts_protection way, const char *path)
{
    struct memory_request r = {(int)way, path};
    return child_run(protect_body, &r);
}
