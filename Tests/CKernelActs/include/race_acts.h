/* SPDX-License-Identifier: Apache-2.0 */
/* Acts that count: whatever happens at the same time, a wrong one is one too many. In a child of their own. */
#pragma once
#include <stdint.h>

/* Opens the file as root, as `uid`, and as root again, in one process: its errors (0, or an errno) in a byte each. */
int acts_open_switching(const char *path, uint32_t uid);
/* 64 threads at once, every other one as `uid`, open the file again and again: how many of those of `uid` weren't
 * refused with EPERM, or of the others were refused; -errno if the threads couldn't be started. */
int acts_open_by_threads(const char *path, uint32_t uid, int rounds);
/* 64 threads at once, every second pair as `uid`, open `tree`/N/allowed or `tree`/N/denied (N is the thread, odd ones
 * denied): how many allowed files were refused with EPERM; minus the number of other wrong results, if there are any. */
int acts_open_each_by_threads(const char *tree, uint32_t uid, int rounds);
/* Opens a path that another thread of the process keeps changing in one byte between `allowed` and `denied`: how often
 * the denied file was opened. -EAGAIN if none of the attempts was refused, or all were. */
int acts_open_changing_path(const char *allowed, const char *denied, int rounds);
/* The same with execve. The allowed program ends with 0, the denied one with something else. */
int acts_exec_changing_path(const char *allowed, const char *denied, int rounds);
/* execve by the 32-bit system call: wait status or -errno. */
int acts_exec_32_bit(const char *path);
/* kill by the 32-bit system call. */
int acts_kill_32_bit(int32_t pid, int signal);
/* ptrace(PTRACE_SEIZE) by the 32-bit system call. */
int acts_seize_32_bit(int32_t pid);
