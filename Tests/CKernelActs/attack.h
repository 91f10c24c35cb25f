/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack_acts.h"

struct attack {
    const char *name, *kind;
    int (*run)(const struct acts_target *t);
};

/* Each ends with an empty one. */
extern const struct attack process_attacks[], cgroup_attacks[], file_attacks[], mount_attacks[], bpf_attacks[],
    kernel_attacks[], switch_attacks[];

static inline int result_of(long value)
{
    return value < 0 ? -errno : 0;
}

/* Opens, and writes if there is something to write. */
static inline int write_to(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = text && *text ? result_of(write(fd, text, strlen(text))) : 0;
    close(fd);
    return result;
}

/* What became of opening: the descriptor is closed. */
static inline int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

/* PATH joined from two, in a buffer that the next four calls leave alone. */
static inline const char *joined(const char *directory, const char *name)
{
    static char buffers[4][PATH_MAX];
    static int next;
    char *buffer = buffers[next++ & 3];
    snprintf(buffer, PATH_MAX, "%s/%s", directory, name);
    return buffer;
}
