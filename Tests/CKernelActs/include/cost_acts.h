/* SPDX-License-Identifier: Apache-2.0 */
/* Cost: one operation again and again, in a loop that does little else. */
#pragma once
#include <stdint.h>

/*
 * Performs the loop `repetitions` times after one that isn't counted, each with `count` operations; the nanoseconds of
 * each go to `nanoseconds`. Of `exec` vfork, exit and wait are taken off. 0 or -errno.
 *
 *   exec                PATH is executed
 *   open                PATH is opened for reading, and closed
 *   map                 all of PATH is mapped executable, and unmapped
 *   attach              another process is attached to by ptrace, waited for and let go
 *   protect             a page of memory becomes unwritable, and writable again
 *   protect-executable  a page of memory becomes executable instead of writable, and the reverse
 *   signal              another process is sent a signal that it ignores
 *   write               PATH is opened for writing, and closed
 *   unlink              a file beside PATH is made, and unlinked
 *   rename              PATH is renamed, and back
 */
int acts_cost(const char *loop, const char *path, int count, int repetitions, uint64_t *nanoseconds);
