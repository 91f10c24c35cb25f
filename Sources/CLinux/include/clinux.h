/* SPDX-License-Identifier: Apache-2.0 */
/* What the Glibc module doesn't import: fanotify, peer credentials, unlisted system calls. No logic here. */
#pragma once
#include <stdint.h>
#include <sys/fanotify.h>

/* Macros with casts aren't imported into Swift. */
static const uint64_t clinux_fan_open_exec_perm = FAN_OPEN_EXEC_PERM;
static const uint32_t clinux_fan_class_content = FAN_CLASS_CONTENT;
static const uint32_t clinux_fan_cloexec = FAN_CLOEXEC;
static const uint32_t clinux_fan_nonblock = FAN_NONBLOCK;
static const uint32_t clinux_fan_unlimited_queue = FAN_UNLIMITED_QUEUE;
static const uint32_t clinux_fan_mark_add = FAN_MARK_ADD;
static const uint32_t clinux_fan_mark_mount = FAN_MARK_MOUNT;
static const uint32_t clinux_fan_allow = FAN_ALLOW;
static const uint32_t clinux_fan_deny = FAN_DENY;

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

/* Whether the lease holds and nobody wants it broken. */
int clinux_has_read_lease(int fd);

/* Registers open files with a new io_uring, which holds them until it is closed: its descriptor, or -1 with errno. */
int clinux_hold_files(const int *files, unsigned count);
