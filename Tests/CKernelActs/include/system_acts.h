/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to the kernel: code loaded into it, its sensitive areas touched. Each act is performed in a child of its
 * own (acts_actor): 0 or -errno. */
#pragma once
#include <stdint.h>

/* ---- image.load_module, image.load_bpf, image.load_kernel ---- */

enum acts_module_loading {
    ACTS_FINIT_MODULE,
    ACTS_FINIT_MODULE_COMPRESSED, /* the kernel unpacks it */
    ACTS_INIT_MODULE,
};
/* A module that could be loaded is unloaded by its name again. */
int acts_load_module(enum acts_module_loading way, const char *path, const char *name);
int acts_unload_module(const char *name);

enum acts_program_loading {
    ACTS_BPF_SOCKET_FILTER,
    ACTS_BPF_READ_KERNEL, /* a kprobe program that reads kernel memory: area bpf */
};
int acts_load_program(enum acts_program_loading way);

/* Never 0: what isn't a kernel is refused with -ENOEXEC once it was read. */
int acts_kexec_file_load(const char *path);
/* Loads no segments: that unloads, after the same checks. */
int acts_kexec_load(void);

/* ---- kernel.access ---- */

int acts_ioperm(void);
int acts_iopl(void);
/* Samples the registers of the kernel's interrupts. */
int acts_profile_kernel(void);
/* Writes back a byte of a PCI device's configuration (the interrupt line, which nothing depends on). */
int acts_write_pci(const char *file);
/* Opens a file, whatever it is: 0 or -errno. */
int acts_open_path(const char *path, int flags);
/* Writes a text to a file: 0 or -errno. */
int acts_write_text(const char *path, const char *text);
