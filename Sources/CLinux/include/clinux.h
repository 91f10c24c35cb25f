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

/* Registers open files with a new io_uring, which holds them until it is closed: its descriptor, or -1 with errno. */
int clinux_hold_files(const int *files, unsigned count);
