/* SPDX-License-Identifier: Apache-2.0 */
/* Acts that are held for an answer, many at once, and how long each waits. */
#pragma once
#include <stdint.h>

/* What came of many attempts. Waits are from just before the call until it has returned, in milliseconds. */
struct acts_waits {
    int32_t passed, refused, failed; /* refused: EPERM; failed: another error */
    int32_t last_error;
    int64_t shortest, longest;
};
/* That many threads open the file with those flags at once: 0, or -errno if they couldn't be started. */
int acts_open_at_once(const char *path, int flags, int threads, struct acts_waits *out);
/* The same for processes that execute it, from just before execve until the program has begun. */
int acts_exec_at_once(const char *path, int processes, struct acts_waits *out);
/* Opens the file for reading by openat2: 0 or -errno. */
int acts_open2(const char *path);
/* A child that opens the file again and again until `stop` exists; it ends with 0 if every open of at least 100 was refused
 * with EPERM. Its number, or -errno. */
int acts_open_until(const char *path, const char *stop);
/* Takes a write lease on the file in a child, which keeps it until it is killed: the child, or -errno. */
int acts_hold_lease(const char *path);
/* Traces the thread called `name` of a process until a read of its has returned something, and leaves it stopped there.
 * `begin` is called when it is being traced. 0 or -errno; -ETIMEDOUT after some seconds. The calling thread must also call
 * acts_let_go. */
int acts_stop_after_read(int32_t pid, const char *name, void (*begin)(void *), void *argument, int32_t *thread);
void acts_let_go(int32_t thread);
