/* SPDX-License-Identifier: Apache-2.0 */
/* bpf(2), and objects to try on where there is no platform. */
#pragma once
#include "attack.h"

#include <linux/bpf.h>
#include <linux/btf.h>

static inline int bpf_call(int command, union bpf_attr *attributes)
{
    long value = syscall(SYS_bpf, command, attributes, sizeof(*attributes));
    return value < 0 ? -errno : (int)value;
}

#define BPF_ATTRIBUTES(name) \
    union bpf_attr name;     \
    memset(&name, 0, sizeof(name))

int make_map(unsigned type, unsigned value_size, int inner);
/* A program of a type with types of its own: a function of that number, so that it can be replaced. */
int make_program(unsigned type, unsigned attach_type, int target, int result);
/* The number of the function in the stand-in's types, and in the platform's: any will do to be refused. */
#define STAND_IN_FUNCTION 5u
