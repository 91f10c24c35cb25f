/* SPDX-License-Identifier: Apache-2.0 */
/* The attacks' frame: a child each, and the table. What they do is in attack_process.c, attack_file.c, attack_kernel.c. */
#include "attack.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static const struct attack *at(int index)
{
    for (int table = 0; table < 3; table++) {
        const struct attack *attack = table == 0 ? process_attacks : table == 1 ? file_attacks : kernel_attacks;
        for (; attack->name; attack++)
            if (index-- == 0)
                return attack;
    }
    return 0;
}

int acts_attacks(void)
{
    int count = 0;
    while (at(count))
        count++;
    return count;
}

const char *acts_attack_name(int index) { return at(index)->name; }
const char *acts_attack_kind(int index) { return at(index)->kind; }

int acts_attack(int index, const struct acts_target *target)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0) {
        alarm(20);
        int result = at(index)->run(target);
        write(ends[1], &result, sizeof(result));
        _exit(0);
    }
    close(ends[1]);
    int result = -ETIME;
    if (read(ends[0], &result, sizeof(result)) != sizeof(result))
        result = -ETIME;
    close(ends[0]);
    waitpid(child, 0, 0);
    return result;
}

int acts_listen(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
        return -errno;
    return 0;
}

void acts_unmount_all(const char *path)
{
    for (int i = 0; i < 16 && umount2(path, MNT_DETACH) == 0; i++) {
    }
}
