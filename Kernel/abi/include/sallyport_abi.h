/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one contract between the kernel programs and user space: records, policy tables, counters, control words.
 *
 * Imported by Kernel/sallyport.bpf.c and by Swift (module KernelABI). Fixed widths, explicit padding, no pointers.
 * Layouts are asserted where they are declared. Bump SP_ABI_VERSION whenever a size, an offset or a meaning changes: a daemon adopts
 * maps that an earlier one left pinned only if their version is its own.
 */
#ifndef SALLYPORT_ABI_H
#define SALLYPORT_ABI_H

#if defined(__bpf__)
typedef __u8 sp_u8;
typedef __u16 sp_u16;
typedef __u32 sp_u32;
typedef __u64 sp_u64;
typedef __s32 sp_s32;
#else
#include <stdint.h>
typedef uint8_t sp_u8;
typedef uint16_t sp_u16;
typedef uint32_t sp_u32;
typedef uint64_t sp_u64;
typedef int32_t sp_s32;
#endif

#define SP_ABI_VERSION 4u

#include "sallyport_abi_operations.h"
#include "sallyport_abi_tables.h"
#include "sallyport_abi_records.h"
#include "sallyport_abi_control.h"
#include "sallyport_abi_subscribers.h"
#include "sallyport_abi_protection.h"
#include "sallyport_abi_integrity.h"
#include "sallyport_abi_response.h"
#include "sallyport_abi_test.h"

#endif
