/* SPDX-License-Identifier: Apache-2.0 */
/* A system call of 32-bit programs out of a 64-bit one. Pointers must lie below 4 GiB. */
#pragma once
#include <errno.h>

/* The result or -errno. */
static inline long int80(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
    long result;
    /* The sixth argument is the frame pointer, which the compiler keeps for itself: 0 while the call lasts. */
    __asm__ volatile("push %%rbp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%rbp"
                     : "=a"(result)
                     : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result; /* 32 bits come back */
#else
    (void)number, (void)a, (void)b, (void)c, (void)d, (void)e;
    return -ENOSYS;
#endif
}
