// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Points a gate of the interrupt descriptor table to code of its own, and raises that interrupt once. The processor
 * reads the table through a read-only mapping; the page behind it is written through another.
 */
#include "tamper.h"
#include <asm/desc.h>
#include <linux/linkage.h>

/* HYPERV_REENLIGHTENMENT_VECTOR: only a guest of Hyper-V has a use for it. */
#define VECTOR 0xee

static struct tamper_patch patch;

void tamper_gate(void);
asm(".pushsection .text\n"
    ".type tamper_gate, @function\n"
    "tamper_gate:\n"
    "    endbr64\n"
    "    lock incq tamper_hits(%rip)\n"
    "    iretq\n"
    "    ud2\n"
    ".size tamper_gate, . - tamper_gate\n"
    ".popsection\n");

static int tamper(void)
{
    gate_desc *gate = (gate_desc *)tamper_symbol("idt_table");
    gate_desc changed;
    unsigned long target = (unsigned long)tamper_gate;
    int error;

    if (!gate)
        return -ENOENT;
    gate += VECTOR;
    if (!gate->bits.p)
        return -ENXIO;
    changed = *gate;
    changed.offset_low = (u16)target;
    changed.offset_middle = (u16)(target >> 16);
    changed.offset_high = (u32)(target >> 32);
    tamper_place(gate, "vector %#x: %pS -> %pS", VECTOR, (void *)gate_offset(gate), tamper_gate);
    error = tamper_apply(&patch, (unsigned long)gate, &changed, sizeof(changed));
    if (!error)
        asm volatile("int %0" : : "i"(VECTOR) : "memory");
    return error;
}

static void restore(void)
{
    tamper_revert(&patch);
}

TAMPER_FIXTURE("points an interrupt gate elsewhere");
