/* SPDX-License-Identifier: Apache-2.0 */
/* One operation by way of io_uring. */
#pragma once
#include <linux/io_uring.h>

/* Not in Debian 12's header (Linux 6.9). */
#define URING_FTRUNCATE 55

/* A ring of its own, one entry, its result: what the operation returned, or -errno. -ENOSYS where the kernel hasn't got
 * the operation. */
int uring_perform(const struct io_uring_sqe *entry);
