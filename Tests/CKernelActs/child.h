/* SPDX-License-Identifier: Apache-2.0 */
/* How acts are performed: in a child, so that nothing of them stays in the test, and under a pid that tells their events. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

/* 0 or -errno of a call that says -1. */
#define RESULT(call) ((call) < 0 ? -errno : 0)

/* Waits for its end; the wait status. */
int child_reap(pid_t pid);
/* A child that executes something: the wait status of what it became, or what `body` returned because it couldn't. */
int child_exec(int (*body)(void *), void *argument);
/* Runs `body` in a child: what it returned, or -1000 - N when signal N ended it. */
int child_run(int (*body)(void *), void *argument);
/* The same as another user, of whose groups it has none but the first. */
int child_run_as(uint32_t uid, int (*body)(void *), void *argument);
/* 0 or -errno. */
int child_become(uint32_t uid);
/* Gives up what lets a process read others' memory maps unasked on recent kernels (CAP_PERFMON, in CAP_SYS_ADMIN too). */
int child_drop_monitoring(void);
/* What a new descriptor came to: it is closed. */
int child_opened(int fd);
/* Writes a text to a file that exists: 0 or -errno. */
int child_put(const char *file, const char *text);
/* Makes a file with something in it, or lets it be as it is: 0 or -errno. */
int child_make(const char *path);
