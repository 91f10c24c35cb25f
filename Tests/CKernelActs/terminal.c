/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "process_acts.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* Waits until there is a file, and ends: the terminal with it. */
static void hang_up_later(const char *path)
{
    while (access(path, F_OK))
        usleep(50000);
    _exit(0);
}

int acts_take_terminal(const char *path)
{
    if (!access(path, F_OK))
        return 0;
    setsid();
    signal(SIGHUP, SIG_DFL);
    int other_end = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other_end < 0 || unlockpt(other_end))
        return -errno;
    /* It is the session's terminal from now on. Left open, as what is executed has no other use for it. */
    int terminal = open(ptsname(other_end), O_RDWR);
    if (terminal < 0)
        return -errno;
    if (ioctl(terminal, TIOCSCTTY, 0))
        return -errno;
    pid_t child = fork();
    if (!child) {
        close(terminal);
        signal(SIGHUP, SIG_IGN);
        /* Out of the unit: what is sent to all of that isn't for this process. */
        child_put("/sys/fs/cgroup/cgroup.procs", "0");
        hang_up_later(path);
    }
    return child < 0 ? -errno : 0;
}
