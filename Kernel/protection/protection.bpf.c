/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Protection of what belongs to the platform and to vendors, and the seal. An object of its own: its programs are pinned
 * and stay when the daemon is gone; the next one goes on with them, without loading any.
 *
 *   task.bpf.c     whose a task is: execution, creation, exit, foreign code
 *   process.bpf.c  what one process does to another
 *   file.bpf.c     files and directories, by identity and by tree; /proc, cgroups and block devices among them
 *   mount.bpf.c    mounts that cover, remove or move what is protected
 *   kernel.bpf.c   BPF objects of the platform; what the seal refuses
 *
 * A refusal is decided here and by nobody else: no policy, no agent and no daemon is asked.
 *
 * Fail directions: no words (the map can't be missing once loaded), no entry for an object or task: not protected, allow.
 * A dentry without a way up to its file system's root, where that has protected trees: refuse writing. No room for the
 * report: refuse all the same, counted in sp_protection.lost. Not covered: see docs/SELF_PROTECTION.md.
 */
#include "lib/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "sallyport_abi.h"

#include "protection/maps.h"
#include "protection/refusal.h"
#include "protection/owner.h"
#include "protection/guard.h"

#include "protection/task.bpf.c"
#include "protection/process.bpf.c"
#include "protection/file.bpf.c"
#include "protection/mount.bpf.c"
#include "protection/kernel.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
