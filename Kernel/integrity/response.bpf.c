/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel does of itself about findings. An object of its own, and pinned: it has to outlive the daemon, which the eyes
 * of the checks (integrity.bpf.c) needn't; and it is small enough that its layout seldom changes between versions. Both halves
 * share their words, as a lapse may switch isolation on.
 *
 *   watchdog.bpf.c    a timer that sees whether the monitor still gives signs
 *   isolation.bpf.c   refuses new executions but for the site's
 */
#include "lib/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "sallyport_abi.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_response);
} response SEC(".maps");

static __always_inline struct sp_response *response_words(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&response, &zero);
}

#include "integrity/watchdog.bpf.c"
#include "integrity/isolation.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
