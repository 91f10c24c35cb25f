// SPDX-License-Identifier: Apache-2.0
//
// Puts load on a kernel from a process that is small: a fork or an exec costs what the parent's memory costs, and a
// Swift process with gRPC in it would measure mostly itself.
//
//   kernel-load forks COUNT                            prints: FAILED
//   kernel-load opens PATH COUNT                       prints: FAILED NANOSECONDS
//   kernel-load execs DENIED ALLOWED MILLISECONDS      prints: ATTEMPTS WRONG LAST-ERROR
//   kernel-load maps DENIED MILLISECONDS               prints: ATTEMPTS WRONG LAST-ERROR
//   kernel-load opens PATH FLAGS THREADS               prints: PASSED REFUSED FAILED LAST-ERROR SHORTEST LONGEST (ms)
//   kernel-load starts PATH PROCESSES                  prints the same
//   kernel-load cost ROOT LOOP PATH COUNT REPETITIONS  prints: NANOSECONDS of each repetition, with ROOT as its root
//
// Ends with 0 when it did what it was asked for, whatever the outcome; 2 for wrong usage.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cost_acts.h"
#include "gate_acts.h"
#include "kernel_acts.h"

#define MAX_REPETITIONS 64

static int print_waits(int error, const struct acts_waits *waits)
{
    if (error)
        fprintf(stderr, "not all were started: %s\n", strerror(-error));
    printf("%d %d %d %d %" PRId64 " %" PRId64 "\n", waits->passed, waits->refused, waits->failed, waits->last_error,
           waits->shortest, waits->longest);
    return error ? 1 : 0;
}

int main(int count, char **words)
{
    if (count == 3 && !strcmp(words[1], "forks")) {
        printf("%d\n", acts_forks(atoi(words[2])));
        return 0;
    }
    if (count == 4 && !strcmp(words[1], "reopens")) {
        uint64_t nanoseconds;
        int failed = acts_opens(words[2], atoi(words[3]), &nanoseconds);
        printf("%d %" PRIu64 "\n", failed, nanoseconds);
        return 0;
    }
    if (count == 5 && !strcmp(words[1], "execs")) {
        struct acts_load load;
        acts_load(words[2], words[3], atoi(words[4]), &load);
        printf("%" PRIu64 " %" PRIu64 " %d\n", load.attempts, load.wrong, load.last_error);
        return 0;
    }
    if (count == 4 && !strcmp(words[1], "maps")) {
        struct acts_load load;
        acts_map_flood(words[2], atoi(words[3]), &load);
        printf("%" PRIu64 " %" PRIu64 " %d\n", load.attempts, load.wrong, load.last_error);
        return 0;
    }
    if (count == 5 && !strcmp(words[1], "opens")) {
        struct acts_waits waits;
        return print_waits(acts_open_at_once(words[2], atoi(words[3]), atoi(words[4]), &waits), &waits);
    }
    if (count == 4 && !strcmp(words[1], "starts")) {
        struct acts_waits waits;
        return print_waits(acts_exec_at_once(words[2], atoi(words[3]), &waits), &waits);
    }
    if (count == 7 && !strcmp(words[1], "cost")) {
        int repetitions = atoi(words[6]);
        uint64_t nanoseconds[MAX_REPETITIONS];
        if (repetitions > MAX_REPETITIONS || chroot(words[2]) || chdir("/")) {
            perror(words[2]);
            return 1;
        }
        int error = acts_cost(words[3], words[4], atoi(words[5]), repetitions, nanoseconds);
        if (error) {
            fprintf(stderr, "%s: %s\n", words[3], strerror(-error));
            return 1;
        }
        for (int i = 0; i < repetitions; i++)
            printf("%" PRIu64 "\n", nanoseconds[i]);
        return 0;
    }
    fputs("usage: kernel-load forks COUNT | execs DENIED ALLOWED MILLISECONDS | maps DENIED MILLISECONDS |"
          " opens PATH FLAGS THREADS | starts PATH PROCESSES | reopens PATH COUNT |"
          " cost ROOT LOOP PATH COUNT REPETITIONS\n",
          stderr);
    return 2;
}
