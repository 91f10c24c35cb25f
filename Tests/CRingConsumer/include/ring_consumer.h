/* SPDX-License-Identifier: Apache-2.0 */
/* A plain consumer of a BPF ring, by libbpf's own reader: what ours is measured against. */
#pragma once
#include <stdint.h>

/* Reads until `wanted` records have come, or none for `milliseconds`; how many came. Adds up the lengths that they tell,
 * so that every record is touched. -1 if the ring cannot be opened. */
int64_t ring_consume(int descriptor, int64_t wanted, int milliseconds, uint64_t *bytes);
