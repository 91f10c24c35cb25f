/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image.*: one program a hook.
 *
 *   lsm/mmap_file       image.load  a file is mapped executable: program, loader, library
 *   lsm/file_mprotect   image.load  a mapping of a file becomes executable: the second door
 *
 * Not covered: code that a process copies or writes into anonymous memory; that is the memory class.
 * A program whose own mapping is refused has already left its old image: the kernel ends it with SIGSEGV or SIGKILL.
 */

static __always_inline int image_decision(__u64 file, __u32 flags)
{
    struct resolved path = {.start = PATH_END};
    struct judgement j;
    __u32 slot = 0;
    bool listener = wants_notice(SP_OP_IMAGE_LOAD);
    if (!listener) {
        struct sp_policy_tables *t = current_tables();
        if (t && !set_summary(t, t->operation_set[SP_OP_IMAGE_LOAD]))
            return 0; /* no rule on the operation and nobody listens: the common case without policy */
    }
    struct scratch *s = take_scratch(&slot);
    decide(SP_OP_IMAGE_LOAD, s, file, listener, &path, &j);
    if (j.verdict != SP_VERDICT_ALLOW || listener)
        report_file(SP_OP_IMAGE_LOAD, s, file, flags, &path, &j);
    if (s)
        give_scratch(slot);
    if (j.verdict == SP_VERDICT_DENY) {
        count(SP_COUNT_DENIED + SP_OP_IMAGE_LOAD, 1);
        return -EPERM; /* the mapping isn't made */
    }
    return 0; /* no rule denies */
}

SEC("lsm/mmap_file")
int BPF_PROG(image_load, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!file || !(prot & PROT_EXEC))
        return 0; /* anonymous memory or data: not an image */
    return image_decision(address_of(file), 0);
}

SEC("lsm/file_mprotect")
int BPF_PROG(image_protect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct file *file = vma->vm_file;
    if (!file || !(prot & PROT_EXEC))
        return 0; /* anonymous memory or data: not an image */
    if (BPF_CORE_READ(vma, vm_flags) & VM_EXEC)
        return 0; /* executable already: it was decided when it became so */
    return image_decision(address_of(file), SP_FILE_MPROTECT);
}
