// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hides a BPF program by its name: its number leads to nothing any more. It may end meanwhile.
 */
#include "tamper.h"
#include <linux/bpf.h>
#include <linux/idr.h>

static char *program = "integrity_walk";
module_param(program, charp, 0644);

static struct idr *numbers;
static struct bpf_prog *hidden;
static u32 number;

static int find(void *unused)
{
    struct bpf_prog *candidate;
    int id;

    idr_for_each_entry(numbers, candidate, id)
    {
        if (strcmp(candidate->aux->name, program))
            continue;
        hidden = candidate;
        number = id;
        return IS_ERR(idr_replace(numbers, NULL, id)) ? -EIO : 0;
    }
    return -ENOENT;
}

/* Where it was freed meanwhile, its number was as well. */
static int put_back(void *unused)
{
    idr_replace(numbers, hidden, number);
    return 0;
}

static int tamper(void)
{
    int error;

    numbers = (struct idr *)tamper_symbol("prog_idr");
    if (!numbers)
        return -ENOENT;
    /* The numbers' lock is one that spins. */
    error = stop_machine(find, NULL, NULL);
    if (!error)
        tamper_place(hidden->bpf_func, "program %u, %s", number, program);
    return error;
}

static void restore(void)
{
    stop_machine(put_back, NULL, NULL);
}

TAMPER_FIXTURE("hides a BPF program");
