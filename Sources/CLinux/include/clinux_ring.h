/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the kernel and this process share, in the order that a ring needs. */
#pragma once
#include <stdint.h>

static inline uint64_t clinux_load_acquire(const void *word)
{
    return __atomic_load_n((const uint64_t *)word, __ATOMIC_ACQUIRE);
}

static inline uint32_t clinux_load_acquire_32(const void *word)
{
    return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE);
}

static inline void clinux_store_release(void *word, uint64_t value)
{
    __atomic_store_n((uint64_t *)word, value, __ATOMIC_RELEASE);
}

static inline void clinux_store_release_32(void *word, uint32_t value)
{
    __atomic_store_n((uint32_t *)word, value, __ATOMIC_RELEASE);
}
