/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts that stand still in the midst: on memory that isn't there yet, on a file that can't be read yet. */
#pragma once
#include <stdint.h>

/* What is held, and the one end of what holds it. */
struct acts_held {
    int32_t pid;
    int channel;
};

enum acts_holding {
    ACTS_HOLD_OPEN,          /* openat: its path is on a page of userfaultfd's */
    ACTS_HOLD_EXEC,          /* execve: its path */
    ACTS_HOLD_EXEC_ARGUMENT, /* execve: an argument, which is copied when the program's file is open */
    ACTS_HOLD_ATTRIBUTE,     /* setxattr: the value */
    ACTS_HOLD_READ_MEMORY,   /* process_vm_readv of `pid`, which is the test or a fork of it: the vector */
};
/* Begins an attempt in a child and returns when it is held: 0 or -errno. */
int acts_hold(enum acts_holding way, const char *path, int32_t pid, struct acts_held *out);
/* Begins an execution in a child and doesn't wait for anything. */
int acts_begin_exec(const char *path, struct acts_held *out);
/* Lets the attempt go on, if it is held, and waits for its end: the wait status of what was executed, else 0 or -errno. */
int acts_release(struct acts_held *held);

/* Mounts a file system (FUSE) with one file, `program`, that the first read of its content waits for; what a kernel reads
 * to know what kind of program it is doesn't wait. 0 or -errno. `version` is the time of its last change. */
int acts_mount_slow(const char *place, const uint8_t *content, int32_t length, int32_t version, struct acts_held *out);
/* Waits until a read is held; -ETIMEDOUT after some seconds. */
int acts_await_slow_read(struct acts_held *server, int milliseconds);
void acts_answer_slow_read(struct acts_held *server);
/* Reads that are still held end with an error. */
void acts_unmount_slow(const char *place, struct acts_held *server);
