/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on the platform's BPF objects, and by doors into the kernel. */
#include "attack_bpf.h"

#include <sys/io.h>
#include <sys/sysmacros.h>

#define KERNEL(function) static int function(const struct acts_target *t)
#define PINS "/sys/fs/bpf/sallyport"

/* Whether what was opened is the platform's: it isn't the kernel's own, which has an iterator of maps and of programs. */
static int is_platforms(int fd, int get)
{
    char bytes[256] = {0};
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.info.bpf_fd = fd;
    attributes.info.info_len = sizeof(bytes);
    attributes.info.info = (uintptr_t)bytes;
    if (bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attributes))
        return 1;
    if (get == BPF_MAP_GET_FD_BY_ID)
        return strncmp(((struct bpf_map_info *)bytes)->name, "iterator", 8) != 0;
    if (get == BPF_PROG_GET_FD_BY_ID)
        return strncmp(((struct bpf_prog_info *)bytes)->name, "dump_bpf", 8) != 0;
    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_id = ((struct bpf_link_info *)bytes)->prog_id;
    int program = bpf_call(BPF_PROG_GET_FD_BY_ID, &attributes);
    if (program >= 0)
        close(program);
    return program == -EPERM;
}

/* Goes through all numbers of a kind: -EPERM if some couldn't be opened and none of the platform's could. */
static int open_all(int next, int get)
{
    int refused = 0, taken = 0;
    unsigned id = 0;
    for (int i = 0; i < 100000; i++) {
        union bpf_attr attributes;
        memset(&attributes, 0, sizeof(attributes));
        attributes.start_id = id;
        if (bpf_call(next, &attributes))
            break;
        id = attributes.next_id;
        memset(&attributes, 0, sizeof(attributes));
        attributes.map_id = id;
        int fd = bpf_call(get, &attributes);
        refused += fd == -EPERM;
        if (fd >= 0) {
            taken += is_platforms(fd, get);
            close(fd);
        }
    }
    return taken ? 0 : refused ? -EPERM : -ENOENT;
}

KERNEL(all_maps)
{
    return open_all(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID);
}
KERNEL(all_programs)
{
    return open_all(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID);
}
KERNEL(all_links)
{
    return open_all(BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID);
}

static int get_pinned(const char *path)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.pathname = (uintptr_t)path;
    int fd = bpf_call(BPF_OBJ_GET, &attributes);
    return fd < 0 ? fd : 0;
}

KERNEL(pinned_map)
{
    return get_pinned(PINS "/control");
}
KERNEL(pinned_words)
{
    return get_pinned(PINS "/protection/protection");
}
KERNEL(unpin_link)
{
    return result_of(unlink(PINS "/protection/protect_signal"));
}
KERNEL(unpin_map)
{
    return result_of(unlink(PINS "/protection/guarded"));
}
KERNEL(rename_pins)
{
    return result_of(rename(PINS, "/sys/fs/bpf/other"));
}
KERNEL(pin_beside)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = 4;
    attributes.max_entries = 1;
    int map = bpf_call(BPF_MAP_CREATE, &attributes);
    memset(&attributes, 0, sizeof(attributes));
    attributes.pathname = (uintptr_t)(PINS "/mine");
    attributes.bpf_fd = map;
    return bpf_call(BPF_OBJ_PIN, &attributes);
}
KERNEL(unmount_pins)
{
    return result_of(umount2("/sys/fs/bpf", MNT_DETACH));
}
KERNEL(cover_pins)
{
    return result_of(mount("none", "/sys/fs/bpf", "tmpfs", 0, 0));
}
KERNEL(cover_sys)
{
    return result_of(mount("none", "/sys", "tmpfs", 0, 0));
}

/* The smallest program, of a type that could signal or change what it watches. */
static int load(unsigned type)
{
    struct bpf_insn code[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = type;
    attributes.insns = (uintptr_t)code;
    attributes.insn_cnt = 2;
    attributes.license = (uintptr_t) "GPL";
    int fd = bpf_call(BPF_PROG_LOAD, &attributes);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}
KERNEL(load_kprobe)
{
    return load(BPF_PROG_TYPE_KPROBE);
}
KERNEL(load_tracepoint)
{
    return load(BPF_PROG_TYPE_RAW_TRACEPOINT);
}
KERNEL(load_filter)
{
    return load(BPF_PROG_TYPE_SOCKET_FILTER);
}

/* A switch that is set to what it is: nothing comes of it where it is allowed. */
static int set_again(const char *path)
{
    char text[4096] = {0};
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? -ENOSYS : -errno;
    read(fd, text, sizeof(text) - 1);
    close(fd);
    return write_to(path, text);
}

/* Turns ftrace off, by which the kernel's code reaches BPF programs. */
KERNEL(trampolines_off)
{
    int result = write_to("/proc/sys/kernel/ftrace_enabled", "0");
    if (!result)
        write_to("/proc/sys/kernel/ftrace_enabled", "1");
    return result;
}
KERNEL(modprobe_path)
{
    return set_again("/proc/sys/kernel/modprobe");
}
KERNEL(core_pattern)
{
    return set_again("/proc/sys/kernel/core_pattern");
}
KERNEL(real_time_limit)
{
    return set_again("/proc/sys/kernel/sched_rt_runtime_us");
}
KERNEL(process_limit)
{
    return set_again("/proc/sys/kernel/pid_max");
}
KERNEL(file_limit)
{
    return set_again("/proc/sys/fs/file-max");
}
KERNEL(statistics_off)
{
    return write_to("/proc/sys/kernel/bpf_stats_enabled", "0");
}
KERNEL(sysrq)
{
    return write_to("/proc/sysrq-trigger", "h");
}

static int open_to_write(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENOSYS : -errno;
    close(fd);
    return 0;
}
KERNEL(memory_device)
{
    const char *node = joined(t->scratch, "mem");
    mknod(node, S_IFCHR | 0600, makedev(1, 1));
    return open_to_write(node);
}
KERNEL(port_device)
{
    const char *node = joined(t->scratch, "port");
    mknod(node, S_IFCHR | 0600, makedev(1, 4));
    return open_to_write(node);
}
KERNEL(msr_device)
{
    const char *node = joined(t->scratch, "msr");
    mknod(node, S_IFCHR | 0600, makedev(202, 0));
    int result = open_to_write(node);
    return result == -ENXIO ? -ENOSYS : result;
}
KERNEL(kernel_probes)
{
    return open_to_write("/sys/kernel/tracing/kprobe_events");
}
KERNEL(function_filter)
{
    return open_to_write("/sys/kernel/tracing/set_ftrace_filter");
}
KERNEL(debug_files)
{
    return open_to_write("/sys/kernel/debug/sched/debug");
}
KERNEL(device_helper)
{
    return open_to_write("/sys/kernel/uevent_helper");
}
/* The run that has the module loads it first. */
KERNEL(live_patch)
{
    return open_to_write("/sys/kernel/livepatch/tamper_livepatch/enabled");
}
KERNEL(all_ports)
{
    return result_of(iopl(3));
}

KERNEL(module_from_memory)
{
    static char image[4096] = {0x7f, 'E', 'L', 'F'};
    return result_of(syscall(SYS_init_module, image, sizeof(image), ""));
}
KERNEL(module_from_file)
{
    int fd = open(t->executable, O_RDONLY);
    return result_of(syscall(SYS_finit_module, fd, "", 0));
}
KERNEL(other_kernel)
{
    int fd = open(t->executable, O_RDONLY);
    return result_of(syscall(SYS_kexec_file_load, fd, -1, 1ul, "", 4ul /* no initramfs */));
}
KERNEL(other_kernel_old)
{
    return result_of(syscall(SYS_kexec_load, 0, 0, 0, 0));
}

#define ON(kind, name, function) \
    {                            \
        name, kind, function     \
    }
const struct attack kernel_attacks[] = {
    ON("platform", "maps by number", all_maps),
    ON("platform", "programs by number", all_programs),
    ON("platform", "links by number", all_links),
    ON("platform", "a pinned map", pinned_map),
    ON("platform", "the seal's own map", pinned_words),
    ON("platform", "unlink a pinned link", unpin_link),
    ON("platform", "unlink a pinned map", unpin_map),
    ON("platform", "rename the pins' directory", rename_pins),
    ON("platform", "pin beside", pin_beside),
    ON("platform", "umount the BPF file system", unmount_pins),
    ON("platform", "mount over the BPF file system", cover_pins),
    ON("platform", "mount over /sys", cover_sys),
    ON("kernel", "kernel.ftrace_enabled=0", trampolines_off),
    ON("kernel", "load a BPF program for kprobes", load_kprobe),
    ON("kernel", "load a BPF program for raw tracepoints", load_tracepoint),
    ON("kernel", "load a BPF socket filter", load_filter),
    ON("kernel", "kernel.modprobe", modprobe_path),
    ON("kernel", "kernel.core_pattern", core_pattern),
    ON("kernel", "kernel.sched_rt_runtime_us", real_time_limit),
    ON("kernel", "kernel.pid_max", process_limit),
    ON("kernel", "fs.file-max", file_limit),
    ON("kernel", "kernel.bpf_stats_enabled=0", statistics_off),
    ON("kernel", "sysrq", sysrq),
    ON("kernel", "/dev/mem for writing", memory_device),
    ON("kernel", "/dev/port for writing", port_device),
    ON("kernel", "MSRs for writing", msr_device),
    ON("kernel", "kprobe_events", kernel_probes),
    ON("kernel", "set_ftrace_filter", function_filter),
    ON("kernel", "debugfs", debug_files),
    ON("kernel", "/sys/kernel/uevent_helper for writing", device_helper),
    ON("kernel", "a live patch's switch for writing", live_patch),
    ON("kernel", "iopl", all_ports),
    ON("kernel", "init_module", module_from_memory),
    ON("kernel", "finit_module", module_from_file),
    ON("kernel", "kexec_file_load", other_kernel),
    ON("kernel", "kexec_load", other_kernel_old),
    {0, 0, 0},
};
