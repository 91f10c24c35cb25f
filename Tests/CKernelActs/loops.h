/* SPDX-License-Identifier: Apache-2.0 */
/* What loops have in common. */
#pragma once
#include <stdint.h>

/* Nanoseconds of a clock that only goes forward. */
uint64_t now(void);
/* vfork: 0 when the program ran and ended with 0, -errno when exec failed. */
int quick_exec(const char *path);
