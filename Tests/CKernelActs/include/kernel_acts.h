/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that tests perform and that Swift can't: programs started in every way, load. */
#pragma once
#include <stdint.h>

/* The process that performed the last act: the subject of its events. */
int32_t acts_actor(void);

/* Every function that starts a program returns its wait status, or -errno when execve (or a step before it) failed. */

int acts_exec(const char *path, char *const argv[], char *const envp[]);
/* execveat(fd, "", AT_EMPTY_PATH) */
int acts_exec_descriptor(int fd);
/* Copies the file into a memfd and executes that. */
int acts_exec_memfd(const char *program);
/* Opens, unlinks, executes through the descriptor. */
int acts_exec_deleted(const char *path);
/* chroot(root), then exec path. */
int acts_exec_chroot(const char *root, const char *path);
/* As that user. */
int acts_exec_as(uint32_t uid, const char *path, char *const argv[]);
/* As root with this supplementary group besides. */
int acts_exec_in_group(uint32_t gid, const char *path);
/* As root in the cgroup whose directory this is. */
int acts_exec_in_cgroup(const char *cgroup, const char *path);
/* As user 65534 in new user and mount namespaces: bind-mounts source over target, then executes path. */
int acts_exec_private_mount(const char *source, const char *target, const char *path);
/* In a new mount namespace (of a user other than 0: in a new user namespace as well) with a /tmp of its own: puts a copy
 * of program there and executes it. */
int acts_exec_own_tmp(uint32_t uid, const char *program);
/* Makes directories of `name` nested so that the path passes 4,095 bytes, puts a copy of program in and executes it. */
int acts_exec_beyond_limit(const char *top, const char *program);

/* mmap(PROT_READ|PROT_EXEC) of a file: 0 or -errno. */
int acts_map_executable(const char *path);
/* mmap(PROT_READ), then mprotect(PROT_EXEC): 0 or -errno. */
int acts_protect_executable(const char *path);

/* `count` forks whose children exit at once; returns how many failed. */
int acts_forks(int count);
/* `count` times open and close: how many failed, and how long it took. */
int acts_opens(const char *path, int count, uint64_t *nanoseconds);

struct acts_load {
    uint64_t attempts;
    uint64_t wrong; /* denied ones that ran, allowed ones that didn't */
    int last_error;
};
/* Executes denied and allowed in turn for some milliseconds. */
void acts_load(const char *denied, const char *allowed, int milliseconds, struct acts_load *out);

/* Maps a denied file executable again and again: denials as fast as they come. */
void acts_map_flood(const char *denied, int milliseconds, struct acts_load *out);

int acts_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int acts_unmount(const char *target);
/* Renames two names to and fro until killed: a race against path walks. Returns the child's pid. */
int acts_rename_storm(const char *a, const char *b);
