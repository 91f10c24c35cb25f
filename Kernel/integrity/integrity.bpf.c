/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The eyes of the checks of integrity. An object of its own, loaded by the daemon alone and never pinned. Nothing here refuses
 * anything.
 *
 *   memory.bpf.c      reads kernel memory for the daemon: a range, places, a list
 *   processes.bpf.c   the tasks in the table of process numbers
 *   credentials.bpf.c the rights that each task should have, and whether it has them; loaded apart from the others
 */
#include "lib/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "sallyport_abi.h"

#include "integrity/memory.bpf.c"
#include "integrity/processes.bpf.c"
#include "integrity/credentials.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
