/* SPDX-License-Identifier: Apache-2.0 */
/* Code for the kernel, and its sensitive areas. */
#include "child.h"
#include "system_acts.h"

#include <asm/perf_regs.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* MODULE_INIT_COMPRESSED_FILE: Linux 5.17. */
enum { COMPRESSED_FILE = 4 };

struct module_request {
    enum acts_module_loading way;
    const char *path, *name;
};

static int init_module_of(int fd)
{
    struct stat status;
    if (fstat(fd, &status))
        return -errno;
    size_t size = (size_t)status.st_size;
    char *image = malloc(size);
    if (!image || read(fd, image, size) != (ssize_t)size)
        return -EIO;
    int result = RESULT(syscall(SYS_init_module, image, size, ""));
    free(image);
    return result;
}

static int module_body(void *argument)
{
    struct module_request *r = argument;
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result =
        r->way == ACTS_INIT_MODULE
            ? init_module_of(fd)
            : RESULT(syscall(SYS_finit_module, fd, "", r->way == ACTS_FINIT_MODULE_COMPRESSED ? COMPRESSED_FILE : 0));
    if (!result)
        syscall(SYS_delete_module, r->name, O_NONBLOCK);
    return result;
}

int acts_load_module(enum acts_module_loading way, const char *path, const char *name)
{
    struct module_request r = {way, path, name};
    return child_run(module_body, &r);
}

int acts_unload_module(const char *name)
{
    return RESULT(syscall(SYS_delete_module, name, O_NONBLOCK));
}

/* ---- BPF: instructions written out, as the tests' C is compiled for the machine ---- */

static int load_program(enum bpf_prog_type type, const struct bpf_insn *code, unsigned count)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = type;
    attributes.insns = (uint64_t)(uintptr_t)code;
    attributes.insn_cnt = count;
    attributes.license = (uint64_t)(uintptr_t) "GPL";
    return child_opened((int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes)));
}

static int program_body(void *argument)
{
    const struct bpf_insn nothing[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    const struct bpf_insn reading[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10},
        {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    if (*(enum acts_program_loading *)argument == ACTS_BPF_READ_KERNEL)
        return load_program(BPF_PROG_TYPE_KPROBE, reading, sizeof(reading) / sizeof(reading[0]));
    return load_program(BPF_PROG_TYPE_SOCKET_FILTER, nothing, sizeof(nothing) / sizeof(nothing[0]));
}

int acts_load_program(enum acts_program_loading way)
{
    return child_run(program_body, &way);
}

/* ---- kexec ---- */

static int kexec_file_body(void *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return RESULT(syscall(SYS_kexec_file_load, fd, -1, 1, "", 4 /* KEXEC_FILE_NO_INITRAMFS */));
}

int acts_kexec_file_load(const char *path)
{
    return child_run(kexec_file_body, (void *)path);
}

static int kexec_body(void *unused)
{
    (void)unused;
    return RESULT(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

int acts_kexec_load(void)
{
    return child_run(kexec_body, NULL);
}

/* ---- kernel.access ---- */

static int ioperm_body(void *unused)
{
    (void)unused;
    return RESULT(ioperm(0x80, 1, 1));
}

int acts_ioperm(void)
{
    return child_run(ioperm_body, NULL);
}

static int iopl_body(void *unused)
{
    (void)unused;
    return RESULT(iopl(3));
}

int acts_iopl(void)
{
    return child_run(iopl_body, NULL);
}

static int profile_body(void *unused)
{
    (void)unused;
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(attributes),
        .config = PERF_COUNT_SW_CPU_CLOCK,
        .sample_period = 1000000,
        .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_REGS_INTR,
        .sample_regs_intr = 1ull << PERF_REG_X86_IP,
    };
    return child_opened((int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

int acts_profile_kernel(void)
{
    return child_run(profile_body, NULL);
}

static int pci_body(void *path)
{
    enum { INTERRUPT_LINE = 0x3c };
    unsigned char line;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || pread(fd, &line, 1, INTERRUPT_LINE) != 1)
        return -errno;
    return RESULT(pwrite(fd, &line, 1, INTERRUPT_LINE));
}

int acts_write_pci(const char *file)
{
    return child_run(pci_body, (void *)file);
}

struct path_request {
    const char *path, *text;
    int flags;
};

static int path_body(void *argument)
{
    struct path_request *r = argument;
    return r->text ? child_put(r->path, r->text) : child_opened(open(r->path, r->flags | O_CLOEXEC));
}

int acts_open_path(const char *path, int flags)
{
    struct path_request r = {path, NULL, flags};
    return child_run(path_body, &r);
}

int acts_write_text(const char *path, const char *text)
{
    struct path_request r = {path, text, 0};
    return child_run(path_body, &r);
}
