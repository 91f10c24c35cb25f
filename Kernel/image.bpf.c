/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image.*: what the kernel itself loads. One program a hook. (Images of processes: memory.bpf.c.)
 *
 *   lsm.s/kernel_read_file image.load_module, image.load_kernel, image.load_firmware  from a file
 *   lsm/kernel_load_data   the same from memory: there is no file, so the path is unresolvable
 *   lsm/bpf                image.load_bpf
 */

static __always_inline int kernel_image_decision(__u32 operation, __u64 file, __u64 inode)
{
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(operation, concerned);
    if (!s)
        return without_memory(operation, concerned);
    s->attempt.has_path = 1;
    s->attempt.file = file;
    s->attempt.inode = inode;
    return settle(s, 0);
}

SEC("lsm.s/kernel_read_file") /* it doesn't sleep: digest.bpf.c says why */
int BPF_PROG(image_read, struct file *file, int id, bool contents, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    __u32 operation = 0;
    if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
        operation = SP_OP_IMAGE_LOAD_MODULE;
    else if (bpf_core_enum_value_exists(enum kernel_read_file_id, READING_MODULE_COMPRESSED) &&
             id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE_COMPRESSED))
        operation = SP_OP_IMAGE_LOAD_MODULE;
    else if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_IMAGE) ||
             id == bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_INITRAMFS))
        operation = SP_OP_IMAGE_LOAD_KERNEL;
    else if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_FIRMWARE))
        operation = SP_OP_IMAGE_LOAD_FIRMWARE;
    if (!operation)
        return 0; /* a policy or a certificate: not an image */
    return kernel_image_decision(operation, address_of(file), address_of(file->f_inode));
}

SEC("lsm/kernel_load_data")
int BPF_PROG(image_load_data, int id, bool contents, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    __u32 operation = 0;
    if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
        operation = SP_OP_IMAGE_LOAD_MODULE;
    else if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_KEXEC_IMAGE) ||
             id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_KEXEC_INITRAMFS))
        operation = SP_OP_IMAGE_LOAD_KERNEL;
    else if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_FIRMWARE))
        operation = SP_OP_IMAGE_LOAD_FIRMWARE;
    if (!operation)
        return 0; /* not an image */
    return kernel_image_decision(operation, 0, 0);
}

#define BPF_PROG_LOAD 5
#define PROG_NAME_OFFSET 48 /* of prog_name in union bpf_attr: user-space ABI */

/* The attributes are the kernel's copy. */
SEC("lsm/bpf")
int BPF_PROG(image_load_bpf, int command, union bpf_attr *attributes, unsigned int size)
{
    if (command != BPF_PROG_LOAD)
        return 0; /* maps, links and the rest: not an image */
    int concerned = concerns(SP_OP_IMAGE_LOAD_BPF);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_IMAGE_LOAD_BPF, concerned);
    if (!s)
        return without_memory(SP_OP_IMAGE_LOAD_BPF, concerned);
    s->attempt.name = address_of(attributes) + PROG_NAME_OFFSET;
    return settle(s, 0);
}
