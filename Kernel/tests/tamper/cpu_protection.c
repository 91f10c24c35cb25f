// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Clears a protection bit of the processor that it is done on, by the parameter `bit`: smep, smap or umip of CR4, wp of
 * CR0. The kernel's own copy of CR4 keeps the bit, and it is set again as soon as the kernel writes that. Or, by `pinned`,
 * takes SMEP from what the kernel sets in CR4 whatever it writes there (cr4_pinned_bits); the register keeps it.
 */
#include "tamper.h"
#include <asm/processor-flags.h>
#include <linux/smp.h>

static char *bit = "smep";
module_param(bit, charp, 0644);

static struct tamper_patch patch;
static int processor;
static bool in_cr0;
static unsigned long mask;

static unsigned long read_register(void)
{
    unsigned long value;

    if (in_cr0)
        asm volatile("mov %%cr0, %0" : "=r"(value));
    else
        asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

/* The kernel's functions for this would set pinned bits again, and say so. */
static void write_register(unsigned long value)
{
    if (in_cr0)
        asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
    else
        asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static void clear_bit_here(void *was)
{
    *(unsigned long *)was = read_register();
    write_register(*(unsigned long *)was & ~mask);
}

static void set_bit_here(void *unused)
{
    write_register(read_register() | mask);
}

static void read_here(void *value)
{
    *(unsigned long *)value = read_register();
}

/* What the register holds now, of the processor and the bit last worked on: 1 or 0. */
static int get_bit(char *buffer, const struct kernel_param *parameter)
{
    unsigned long value = 0;

    smp_call_function_single(processor, read_here, &value, 1);
    return sysfs_emit(buffer, "%d\n", !!(value & mask));
}
static const struct kernel_param_ops get_ops = {.get = get_bit};
module_param_cb(now, &get_ops, NULL, 0444);

static int unpin(void)
{
    unsigned long *bits = (void *)tamper_symbol("cr4_pinned_bits"), value;

    if (!bits)
        return -ENOENT;
    if (!(*bits & X86_CR4_SMEP))
        return -ENODEV;
    value = *bits & ~X86_CR4_SMEP;
    tamper_place(bits, "%#lx -> %#lx", *bits, value);
    return tamper_apply(&patch, (unsigned long)bits, &value, sizeof(value));
}

static int tamper(void)
{
    static const struct {
        const char *name;
        bool in_cr0;
        unsigned long mask;
    } bits[] = {
        {"smep", false, X86_CR4_SMEP},
        {"smap", false, X86_CR4_SMAP},
        {"umip", false, X86_CR4_UMIP},
        {"wp", true, X86_CR0_WP},
    };
    unsigned long was = 0;
    size_t i;

    if (!strcmp(bit, "pinned"))
        return unpin();
    for (i = 0; i < ARRAY_SIZE(bits) && strcmp(bit, bits[i].name); i++)
        ;
    if (i == ARRAY_SIZE(bits))
        return -EINVAL;
    in_cr0 = bits[i].in_cr0;
    mask = bits[i].mask;
    processor = raw_smp_processor_id();
    smp_call_function_single(processor, clear_bit_here, &was, 1);
    if (!(was & mask))
        return -ENODEV;
    tamper_state("CR%d of processor %d: %#lx -> %#lx", in_cr0 ? 0 : 4, processor, was, was & ~mask);
    return 0;
}

static void restore(void)
{
    if (!strcmp(bit, "pinned")) {
        tamper_revert(&patch);
        return;
    }
    smp_call_function_single(processor, set_bit_here, NULL, 1);
}

TAMPER_FIXTURE("clears a protection bit of the processor");
