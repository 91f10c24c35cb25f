/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does to itself: other credentials, children, threads. */
#include "child.h"
#include "process_acts.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* ---- process.credentials ---- */

struct credentials_request {
    enum acts_credentials way;
    uint32_t id;
};

/* These two tell by what they return which id was in force before, never an error. */
static int set_file_access_id(long number, uint32_t id)
{
    syscall(number, id);
    return (uint32_t)syscall(number, -1) == id ? 0 : -EPERM;
}

static int drop_capability(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data))
        return -errno;
    data[0].effective &= ~(1u << CAP_SYS_BOOT);
    return RESULT(syscall(SYS_capset, &header, data));
}

static int credentials_body(void *argument)
{
    struct credentials_request *r = argument;
    uint32_t id = r->id, none = UINT32_MAX;
    /* Raw system calls: the C library's are about all threads. */
    switch (r->way) {
    case ACTS_SETUID:
        return RESULT(syscall(SYS_setuid, id));
    case ACTS_SETREUID:
        return RESULT(syscall(SYS_setreuid, none, id));
    case ACTS_SETRESUID:
        return RESULT(syscall(SYS_setresuid, none, id, none));
    case ACTS_SETFSUID:
        return set_file_access_id(SYS_setfsuid, id);
    case ACTS_SETGID:
        return RESULT(syscall(SYS_setgid, id));
    case ACTS_SETREGID:
        return RESULT(syscall(SYS_setregid, none, id));
    case ACTS_SETRESGID:
        return RESULT(syscall(SYS_setresgid, none, id, none));
    case ACTS_SETFSGID:
        return set_file_access_id(SYS_setfsgid, id);
    case ACTS_SETGROUPS:
        return RESULT(syscall(SYS_setgroups, 1, &id));
    case ACTS_CAPSET:
        return drop_capability();
    }
    return -EINVAL;
}

int acts_change_credentials(enum acts_credentials way, uint32_t id)
{
    struct credentials_request r = {way, id};
    return child_run(credentials_body, &r);
}

int acts_set_file_capability(const char *path)
{
    struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE};
    data.data[0].permitted = 1u << CAP_NET_RAW;
    return RESULT(setxattr(path, "security.capability", &data, XATTR_CAPS_SZ_2, 0));
}

/* ---- process.create ---- */

struct create_request {
    enum acts_creating way;
    const char *program;
};

static int reaped(long pid)
{
    if (pid < 0)
        return -errno;
    child_reap((pid_t)pid);
    return 0;
}

static int create_body(void *argument)
{
    struct create_request *r = argument;
    struct clone_args clone = {.exit_signal = SIGCHLD};
    char *argv[] = {(char *)r->program, NULL}, *envp[] = {NULL};
    pid_t pid = 0;
    int error;
    switch (r->way) {
    case ACTS_FORK:
        pid = (pid_t)syscall(SYS_fork);
        break;
    case ACTS_VFORK:
        pid = vfork();
        break;
    case ACTS_CLONE:
        pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
        break;
    case ACTS_CLONE3:
        pid = (pid_t)syscall(SYS_clone3, &clone, sizeof(clone));
        break;
    case ACTS_SPAWN:
        error = posix_spawn(&pid, r->program, NULL, NULL, argv, envp);
        return error ? -error : reaped(pid);
    }
    if (pid == 0)
        _exit(0);
    return reaped(pid);
}

int acts_create_process(enum acts_creating way, uint32_t uid, const char *program)
{
    struct create_request r = {way, program};
    return child_run_as(uid, create_body, &r);
}

/* ---- thread.create ---- */

static void *nothing(void *argument)
{
    return argument;
}

static int end_thread(void *argument)
{
    (void)argument;
    /* Without a thread control block of its own: nothing of the C library. */
    syscall(SYS_exit, 0);
    return 0;
}

static const unsigned long thread_flags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

/* The new thread ends at once. Written in assembler as it must not return on the stack that it hasn't got. */
static long clone3_thread(void *stack, size_t size)
{
#if defined(__x86_64__)
    struct clone_args arguments = {.flags = thread_flags, .stack = (uint64_t)(uintptr_t)stack, .stack_size = size};
    long result;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "mov $60, %%eax\n\t" /* exit(0) */
                     "xor %%edi, %%edi\n\t"
                     "syscall\n"
                     "1:"
                     : "=a"(result)
                     : "0"((long)SYS_clone3), "D"(&arguments), "S"(sizeof(arguments))
                     : "rcx", "r11", "memory");
    return result;
#else
    (void)stack;
    (void)size;
    return -ENOSYS;
#endif
}

static int thread_body(void *argument)
{
    static _Alignas(64) char stack[65536];
    pthread_t thread;
    int error;
    long result;
    switch (*(enum acts_threading *)argument) {
    case ACTS_PTHREAD:
        error = pthread_create(&thread, NULL, nothing, NULL);
        if (error)
            return -error;
        pthread_join(thread, NULL);
        return 0;
    case ACTS_CLONE_THREAD:
        return RESULT(clone(end_thread, stack + sizeof(stack), (int)thread_flags, NULL));
    case ACTS_CLONE3_THREAD:
        result = clone3_thread(stack, sizeof(stack));
        return result < 0 ? (int)result : 0;
    }
    return -EINVAL;
}

int acts_create_thread(enum acts_threading way, uint32_t uid)
{
    return child_run_as(uid, thread_body, &way);
}
