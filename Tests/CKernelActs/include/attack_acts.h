/* SPDX-License-Identifier: Apache-2.0 */
/* What root tries against a protected process, file and platform. */
#pragma once
#include <stdint.h>

/* What is attacked. Paths are absolute. */
struct acts_target {
    int32_t pid;       /* the process: the daemon, or an agent */
    const char *file;  /* a protected file, which lies in … */
    const char *above; /* … a directory that isn't protected but for its name */
    const char *tree;  /* a protected directory, with `inner` in it */
    const char *inner;
    const char *socket;     /* a protected socket */
    const char *mount;      /* where the file system of the tree is mounted */
    const char *scratch;    /* a directory of the attacker's */
    const char *executable; /* the process's */
    const char *disk;       /* the block device below `on_disk`, or empty */
    const char *on_disk;    /* a protected file on it */
};

/* How many there are. */
int acts_attacks(void);
/* Its name, and what it is on: one of process, file, bpf, platform, kernel. */
const char *acts_attack_name(int index);
const char *acts_attack_kind(int index);
/* Performs it in a child of its own: 0 or -errno, -ENOSYS where the kernel hasn't got that way; -ETIME after 20 s. */
int acts_attack(int index, const struct acts_target *target);
/* Runs PROGRAM with two words under a tracer, or under a seccomp filter that allows everything: its exit status, or -errno. */
int acts_run_traced(const char *program, const char *first, const char *second);
int acts_run_filtered(const char *program, const char *first, const char *second);
/* Makes maps, a program and a link that what is started next inherits; their descriptors, to be closed: 0 or -errno. */
int acts_bpf_stand_in(int32_t descriptors[6]);
/* Makes all mounts shared, as a service manager does: 0 or -errno. */
int acts_share_mounts(void);
/* Detaches what is mounted there and below, as often as there is something. */
void acts_unmount_all(const char *path);
