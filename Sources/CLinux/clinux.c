/* SPDX-License-Identifier: Apache-2.0 */
#include "clinux.h"

#include <sys/file.h>
#include <sys/prctl.h>

int clinux_lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB);
}

uint64_t clinux_fetch_add(void *counter, uint64_t amount)
{
    return __atomic_fetch_add((uint64_t *)counter, amount, __ATOMIC_SEQ_CST);
}

void clinux_name_thread(const char *name)
{
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
