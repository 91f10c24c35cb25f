/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <linux/capability.h>
#include "kernel_acts.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static pid_t actor;

int32_t acts_actor(void)
{
    return actor;
}

int child_reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

struct outcome {
    int has_result; /* else the wait status tells */
    int result;
    int status;
};

/* A close-on-exec pipe brings the result back, or its end. */
static int start(int (*body)(void *), void *argument, struct outcome *out)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC))
        return -errno;
    pid_t pid = fork();
    if (pid < 0) {
        int error = -errno;
        close(channel[0]);
        close(channel[1]);
        return error;
    }
    if (pid == 0) {
        int result = body(argument);
        ssize_t ignored = write(channel[1], &result, sizeof(result));
        (void)ignored;
        _exit(111);
    }
    actor = pid;
    close(channel[1]);
    ssize_t count;
    while ((count = read(channel[0], &out->result, sizeof(out->result))) < 0 && errno == EINTR)
        ;
    out->has_result = count == (ssize_t)sizeof(out->result);
    close(channel[0]);
    out->status = child_reap(pid);
    return 0;
}

int child_exec(int (*body)(void *), void *argument)
{
    struct outcome out = {0};
    int error = start(body, argument, &out);
    if (error)
        return error;
    return out.has_result ? out.result : out.status;
}

struct limited {
    int (*body)(void *);
    void *argument;
};

static int limited_body(void *argument)
{
    struct limited *r = argument;
    alarm(20);
    return r->body(r->argument);
}

/* What hangs must not hold up the tests for ever. A program would inherit the alarm, so child_exec sets none. */
int child_run(int (*body)(void *), void *argument)
{
    struct limited limited = {body, argument};
    struct outcome out = {0};
    int error = start(limited_body, &limited, &out);
    if (error)
        return error;
    return out.has_result ? out.result : -1000 - (out.status & 0x7f);
}

int child_become(uint32_t uid)
{
    /* Raw: the C library would look for threads that a forked child hasn't got. */
    if (uid && (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, uid, uid, uid) ||
                syscall(SYS_setresuid, uid, uid, uid)))
        return -errno;
    return 0;
}

struct other_user {
    uint32_t uid;
    int (*body)(void *);
    void *argument;
};

static int other_user_body(void *argument)
{
    struct other_user *r = argument;
    int error = child_become(r->uid);
    return error ? error : r->body(r->argument);
}

int child_run_as(uint32_t uid, int (*body)(void *), void *argument)
{
    struct other_user r = {uid, body, argument};
    return child_run(other_user_body, &r);
}

int child_drop_monitoring(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data))
        return -errno;
    data[0].effective &= ~(1u << CAP_SYS_ADMIN);
    data[1].effective &= ~(1u << (CAP_PERFMON - 32));
    return RESULT(syscall(SYS_capset, &header, data));
}

int child_opened(int fd)
{
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

int child_put(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = RESULT(write(fd, text, strlen(text)));
    close(fd);
    return error;
}

int child_make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST ? 0 : -errno;
    int error = write(fd, "something\n", 10) == 10 ? 0 : -EIO;
    close(fd);
    return error;
}
