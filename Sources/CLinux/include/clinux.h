/* SPDX-License-Identifier: Apache-2.0 */
/* What the Glibc module doesn't import: fanotify, epoll, peer credentials, unlisted system calls. No logic here. */
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>

#include "clinux_ring.h"
#include "clinux_socket.h"

/* Macros with casts aren't imported into Swift. */
static const uint64_t clinux_fan_open_exec_perm = FAN_OPEN_EXEC_PERM;
static const uint64_t clinux_fan_open_perm = FAN_OPEN_PERM;
static const uint64_t clinux_fan_q_overflow = FAN_Q_OVERFLOW;
static const uint32_t clinux_fan_class_content = FAN_CLASS_CONTENT;
static const uint32_t clinux_fan_cloexec = FAN_CLOEXEC;
static const uint32_t clinux_fan_nonblock = FAN_NONBLOCK;
static const uint32_t clinux_fan_unlimited_queue = FAN_UNLIMITED_QUEUE;
static const uint32_t clinux_fan_unlimited_marks = FAN_UNLIMITED_MARKS;
static const uint32_t clinux_fan_report_tid = FAN_REPORT_TID;
static const uint32_t clinux_fan_mark_add = FAN_MARK_ADD;
static const uint32_t clinux_fan_mark_remove = FAN_MARK_REMOVE;
static const uint32_t clinux_fan_mark_flush = FAN_MARK_FLUSH;
static const uint32_t clinux_fan_mark_mount = FAN_MARK_MOUNT;
static const uint32_t clinux_fan_mark_filesystem = FAN_MARK_FILESYSTEM;
static const uint32_t clinux_fan_mark_ignored_mask = FAN_MARK_IGNORED_MASK;
static const uint32_t clinux_fan_mark_evictable = 0x00000200; /* FAN_MARK_EVICTABLE, Linux 5.19 */
static const uint32_t clinux_fan_allow = FAN_ALLOW;
static const uint32_t clinux_fan_deny = FAN_DENY;
static const uint32_t clinux_no_access_time = 01000000; /* O_NOATIME */

/* Takes an exclusive lock without waiting. 0, or -1 with errno (EWOULDBLOCK: somebody holds it). */
int clinux_lock(int fd);

/* Adds to a counter that the kernel programs add to as well; returns the value before. */
uint64_t clinux_fetch_add(void *counter, uint64_t amount);

/* Names the calling thread, at most 15 bytes. */
void clinux_name_thread(const char *name);

/* The calling thread's number. */
unsigned clinux_thread_number(void);

/* open(2) as a place in the tree only, without following a last symbolic link; for reading, without a new access time. */
int clinux_open_place(const char *path);
int clinux_open_unnoticed(const char *path);

/* The parts of stat(2)'s device number. */
unsigned clinux_major(uint64_t device);
unsigned clinux_minor(uint64_t device);

/* Takes a lease on a file that is open for reading (fcntl(2)): refused while anybody has it open for writing, and broken
 * by who opens it so, who waits until it is closed. 0, or -1 with errno. */
int clinux_take_read_lease(int fd);

/* Whether nobody has a file open for writing, or mapped so; `fd` must be open for reading only. */
int clinux_is_unwritten(int fd);

/* Whether the kernel, running on a processor, writes for us into a page that we may only read: its CR0.WP is clear then. The
 * calling thread goes there and comes back. 1, 0, or a negative errno. */
int clinux_writes_read_only(unsigned processor);

/* Whether a file lies on a file system whose contents change by nobody but who has opened this inode for writing. */
int clinux_keeps_content(int fd);

/* Whether a file lies on a file system that answers when it likes (`is_remote` in Kernel/lib/content.h), or can't be asked. */
int clinux_is_remote(int fd);

/* Memory without a name in the file system, of that size, which can't be resized any more: a descriptor, or -1. */
int clinux_sealed_memory(const char *name, uint64_t size);

/* Whether memory has been sealed against getting smaller: whoever maps it isn't killed by who else has it. */
int clinux_cannot_shrink(int fd);

/* Whether the file of those numbers of stat(2) is found under a path, as far as the kernel knows without asking a file
 * system: waits for none, for no automounter and no server. 0 also when that isn't enough to tell. */
int clinux_is_known_as(const char *path, uint64_t device, uint64_t inode);

/* pread(2) that fails with EAGAIN rather than wait for a disk. A file system that can't promise that (EOPNOTSUPP: tmpfs,
 * overlays) is read as ever. */
long clinux_read_at_once(int fd, void *bytes, unsigned long count, int64_t offset);

/* Makes the calling thread preferred by the scheduler (nice -20 to 19). */
int clinux_set_nice(int nice);

/* Whether `thread` is one of the threads of `process`. */
int clinux_is_thread_of(int process, int thread);

/* pidfd_open(2), pidfd_send_signal(2). */
int clinux_open_process(int pid);
int clinux_signal_process(int process, int number);

/* A copy with a number of at least `lowest`, closed on execution (F_DUPFD_CLOEXEC). */
int clinux_copy_above(int fd, int lowest);

/* Takes all numbers below `limit` that are free, by copies of `fd`. */
void clinux_fill_descriptors(int fd, int limit);

/* Closes every descriptor from `first` on. */
void clinux_close_from(unsigned first);

/* Keeps the pages that this process has touched, and those it will, in memory. */
int clinux_lock_memory(void);

/* Whether the lease holds and nobody wants it broken. */
int clinux_has_read_lease(int fd);

/* Registers open files with a new io_uring, which holds them until it is closed: its descriptor, or -1 with errno. */
int clinux_hold_files(const int *files, unsigned count);

/* An eventfd(2), not blocking and closed on execution. */
int clinux_eventfd(void);

/* Waits until a descriptor can be read, at most so long; forever where nanoseconds is UINT64_MAX (ppoll(2)). */
int clinux_wait_readable(int fd, uint64_t nanoseconds);
