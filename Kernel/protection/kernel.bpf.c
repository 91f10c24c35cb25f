/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The platform's BPF objects are the platform's, and what the seal refuses of doors into the kernel.
 *
 *   lsm/bpf_map, bpf_prog   a descriptor of a map or program, by number, pin or creation
 *   lsm/bpf                 links by number; loading programs that could change what processes do, sealed
 *   lsm.s/kernel_read_file, lsm/kernel_load_data   modules and other kernels, sealed
 *   lsm/locked_down         what lockdown knows, sealed
 */

static __always_inline int bpf_decision(__u32 kind, __u32 id)
{
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct sp_bpf_key key = {.kind = kind, .id = id};
    if (acting_owner(w) == SP_OWNER_PLATFORM) {
        __u32 one = 1;
        bpf_map_update_elem(&guarded_bpf, &key, &one, BPF_NOEXIST);
        return 0; /* whatever the platform makes is its own */
    }
    if (!bpf_map_lookup_elem(&guarded_bpf, &key))
        return 0; /* somebody else's */
    struct refused f = {.kind = SP_REFUSED_BPF_OBJECT,
                        .operation = SP_OP_KERNEL_ACCESS,
                        .area = SP_AREA_BPF,
                        .owner = SP_OWNER_PLATFORM,
                        .detail = id};
    report_refusal(w, &f);
    return -EPERM;
}

SEC("lsm/bpf_map")
int BPF_PROG(protect_bpf_map, struct bpf_map *map, unsigned int mode, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return bpf_decision(SP_BPF_MAP, map->id);
}

SEC("lsm/bpf_prog")
int BPF_PROG(protect_bpf_program, struct bpf_prog *program, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return bpf_decision(SP_BPF_PROGRAM, program->aux->id);
}

/* Of enum bpf_cmd and enum bpf_prog_type: user-space ABI. */
#define BPF_PROG_LOAD 5
#define BPF_LINK_GET_FD_BY_ID 30
#define PROG_KPROBE 2
#define PROG_TRACEPOINT 5
#define PROG_PERF_EVENT 7
#define PROG_RAW_TRACEPOINT 17
#define PROG_RAW_TRACEPOINT_WRITABLE 24
#define PROG_TRACING 26
#define PROG_STRUCT_OPS 27
#define PROG_EXT 28
#define PROG_LSM 29

static __always_inline int refuse_sealed(struct sp_protection *w, __u32 operation, __u32 area, __u32 detail)
{
    if (may_act(w, SP_OWNER_PLATFORM))
        return 0; /* the platform itself */
    struct refused f = {
        .kind = SP_REFUSED_SEALED, .operation = operation, .area = area, .owner = SP_OWNER_PLATFORM, .detail = detail};
    report_refusal(w, &f);
    return -EPERM;
}

/* A program of these types can send signals, write to a process's memory or take a call's place. */
static __always_inline bool intrudes(__u32 type)
{
    return type == PROG_KPROBE || type == PROG_TRACEPOINT || type == PROG_PERF_EVENT || type == PROG_RAW_TRACEPOINT ||
           type == PROG_RAW_TRACEPOINT_WRITABLE || (type >= PROG_TRACING && type <= PROG_LSM);
}

/* The attributes are the kernel's copy. */
SEC("lsm/bpf")
int BPF_PROG(protect_bpf, int command, union bpf_attr *attributes, unsigned int size)
{
    if (command != BPF_PROG_LOAD && command != BPF_LINK_GET_FD_BY_ID)
        return 0; /* takes descriptors, which others don't get */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    __u32 first = 0;
    bpf_probe_read_kernel(&first, sizeof(first), attributes);
    if (command == BPF_LINK_GET_FD_BY_ID)
        return bpf_decision(SP_BPF_LINK, first);
    if (!w->sealed || !intrudes(first) || w->sealed_allow & SP_SEALED_ALLOW_TRACING)
        return 0; /* filters and the like */
    return refuse_sealed(w, SP_OP_IMAGE_LOAD_BPF, 0, first);
}

#define READING(name) (id == bpf_core_enum_value(enum kernel_read_file_id, READING_##name))
#define LOADING(name) (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_##name))

static __always_inline int sealed_image(bool is_module, bool is_kernel)
{
    struct sp_protection *w = protection_words();
    if (!w || !w->sealed || !(is_module || is_kernel))
        return 0; /* not sealed, or neither */
    if (w->sealed_allow & (is_module ? SP_SEALED_ALLOW_MODULES : SP_SEALED_ALLOW_KEXEC))
        return 0; /* the site said so when it sealed */
    return refuse_sealed(w, is_module ? SP_OP_IMAGE_LOAD_MODULE : SP_OP_IMAGE_LOAD_KERNEL, 0, 0);
}

SEC("lsm.s/kernel_read_file") /* it doesn't sleep: digest.bpf.c says why */
int BPF_PROG(protect_read_image, struct file *file, int id, bool contents, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    bool is_module = READING(MODULE);
    if (bpf_core_enum_value_exists(enum kernel_read_file_id, READING_MODULE_COMPRESSED))
        is_module |= READING(MODULE_COMPRESSED);
    return sealed_image(is_module, READING(KEXEC_IMAGE) || READING(KEXEC_INITRAMFS));
}

SEC("lsm/kernel_load_data")
int BPF_PROG(protect_load_image, int id, bool contents, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return sealed_image(LOADING(MODULE), LOADING(KEXEC_IMAGE) || LOADING(KEXEC_INITRAMFS));
}

#define REASON(name) (what == bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_##name))

SEC("lsm/locked_down")
int BPF_PROG(protect_lockdown, int what, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w || !w->sealed)
        return 0; /* not sealed */
    if (REASON(IOPORT) || REASON(PCI_ACCESS) || REASON(MSR) || REASON(ACPI_TABLES) || REASON(EFI_TEST) ||
        REASON(DEV_MEM))
        return w->sealed_allow & SP_SEALED_ALLOW_HARDWARE
                   ? 0
                   : refuse_sealed(w, SP_OP_KERNEL_ACCESS, SP_AREA_HARDWARE, what);
    if (REASON(BPF_WRITE_USER) || REASON(DBG_WRITE_KERNEL) || REASON(KPROBES) || REASON(MMIOTRACE))
        return w->sealed_allow & SP_SEALED_ALLOW_TRACING ? 0
                                                         : refuse_sealed(w, SP_OP_KERNEL_ACCESS, SP_AREA_PROBES, what);
    return 0; /* reading, or decided elsewhere */
}
