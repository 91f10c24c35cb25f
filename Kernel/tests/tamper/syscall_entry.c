// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Points MSR_LSTAR, where system calls enter the kernel, to code of its own that goes on to where they entered. Needs a
 * machine without page table isolation: with it, this code isn't mapped there.
 */
#include "tamper.h"
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>

/* Where the fixture's code goes on. */
unsigned long tamper_onward;

/* Nothing but the flags may be changed here, which are in r11. */
void tamper_entry(void);
asm(".pushsection .text\n"
    ".type tamper_entry, @function\n"
    "tamper_entry:\n"
    "    endbr64\n"
    "    lock incq tamper_hits(%rip)\n"
    "    " ANNOTATE_RETPOLINE_SAFE "\n"
    "    jmp *tamper_onward(%rip)\n"
    ".size tamper_entry, . - tamper_entry\n"
    ".popsection\n");

static void point_to(void *target)
{
    wrmsr(MSR_LSTAR, (u32)(unsigned long)target, (u32)((unsigned long)target >> 32));
}

static int tamper(void)
{
    u32 low, high;

    if (boot_cpu_has(X86_FEATURE_PTI))
        return -EOPNOTSUPP;
    rdmsr(MSR_LSTAR, low, high);
    tamper_onward = (u64)high << 32 | low;
    tamper_place(tamper_onward, "LSTAR: -> %pS", tamper_entry);
    on_each_cpu(point_to, tamper_entry, 1);
    return 0;
}

static void restore(void)
{
    on_each_cpu(point_to, (void *)tamper_onward, 1);
}

TAMPER_FIXTURE("enters the kernel elsewhere");
