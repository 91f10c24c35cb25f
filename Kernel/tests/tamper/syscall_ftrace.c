// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hooks a function by ftrace: the dispatch of system calls, where it can be traced, or one call's function.
 */
#include "tamper.h"
#include <linux/ftrace.h>

static char *symbol = "x64_sys_call";
module_param(symbol, charp, 0644);

static void notrace count(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *registers)
{
    tamper_hits++;
}

static struct ftrace_ops ops;

static int tamper(void)
{
    unsigned long address = tamper_symbol(symbol);
    int error;

    if (!address)
        return -ENOENT;
    /* New every time: 6.1's ftrace_free_filter leaves pointers to what it freed. */
    ops = (struct ftrace_ops){.func = count};
    error = ftrace_set_filter(&ops, symbol, strlen(symbol), 1);
    if (!error)
        error = register_ftrace_function(&ops);
    if (error)
        ftrace_free_filter(&ops);
    else
        tamper_place(address, "ftrace -> %pS", count);
    return error;
}

static void restore(void)
{
    unregister_ftrace_function(&ops);
    ftrace_free_filter(&ops);
}

TAMPER_FIXTURE("hooks the dispatch of system calls by ftrace");
