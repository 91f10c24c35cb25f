/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel programs of Sallyport: one object for every kernel since 6.1. Each class of operations has its file, each
 * hook its program; hooks are short and decide through lib/decide.h. No deciding program sleeps: a page fault that a
 * user controls can't hold one up.
 */
#include "lib/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "sallyport_abi.h"

#include "lib/attempt.h"
#include "lib/maps.h"
#include "lib/path.h"
#include "lib/cgroup.h"
#include "lib/automaton.h"
#include "lib/rules.h"
#include "lib/program.h"
#include "lib/content.h"
#include "lib/lineage.h"
#include "lib/facts.h"
#include "lib/subject.h"
#include "lib/file_sets.h"
#include "lib/verity.h"
#include "lib/record.h"
#include "lib/subscribers.h"
#include "lib/decide.h"

#include "process.bpf.c"
#include "control.bpf.c"
#include "credentials.bpf.c"
#include "memory.bpf.c"
#include "image.bpf.c"
#include "kernel.bpf.c"
#include "file.bpf.c"
#include "gate.bpf.c"
#include "digest.bpf.c"
#include "snapshot.bpf.c"
#include "message.bpf.c"
#include "decision_test.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
