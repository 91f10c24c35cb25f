/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.* and image.load: what becomes executable. One program a hook, and each serves both classes:
 *
 *   lsm.s/mmap_file     image.load  a file is mapped executable: program, loader, library
 *                       memory.map_executable  the mapping is anonymous, shared memory, writable, of a deleted file
 *   lsm/file_mprotect   image.load  a mapping of a file becomes executable: the second door
 *                       memory.make_executable  memory that a process has written, or may have, becomes executable
 *
 * The first one is declared sleepable for the sake of its end: see digest.bpf.c.
 *
 * A program whose own mapping is refused has already left its old image: the kernel ends it with SIGSEGV or SIGKILL.
 */

/* One of the two operations, on the memory of a file (or of none: 0); `handed` is the file that the hook was handed. */
static __always_inline int mapping_decision(__u32 operation, __u64 file, __u64 inode, struct file *handed, __u32 flags,
                                            __u32 mapping)
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
    s->attempt.flags = flags;
    s->attempt.mapping = mapping;
    if (handed)
        take_verity(s, handed);
    decide(s, 0, handed ? SETS_OF_FILE(handed->f_inode, concerned) : 0);
    return conclude(s);
}

/* The kinds that a file's memory is of by the file itself. */
static __always_inline __u32 kinds_of_file(struct dentry *dentry, struct vfsmount *mnt)
{
    unsigned long magic = BPF_CORE_READ(dentry, d_sb, s_magic);
    struct mount *mount = (struct mount *)mount_of(mnt);
    bool internal = (__u64)BPF_CORE_READ(mount, mnt_ns) >= (__u64)-4095; /* no place in any tree */
    if ((magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC) && internal)
        return is_shared_memory_name(dentry) ? SP_MAPPING_SHARED_MEMORY : SP_MAPPING_MEMFD;
    if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
        return SP_MAPPING_DELETED;
    return 0;
}

SEC("lsm.s/mmap_file")
int BPF_PROG(image_load, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC))
        return 0; /* data */
    /* As a number: until 7.x the verifier takes the pointer for one that can't be NULL, and removes the comparison. */
    __u64 address = address_of(file), inode = 0;
    __u32 mapping = prot & PROT_WRITE ? SP_MAPPING_WRITABLE : 0;
    if (address) {
        struct file *f = (struct file *)address;
        inode = (__u64)BPF_CORE_READ(f, f_inode);
        mapping |= kinds_of_file(BPF_CORE_READ(f, f_path.dentry), BPF_CORE_READ(f, f_path.mnt));
        if (mapping_decision(SP_OP_IMAGE_LOAD, address, inode, file, 0, 0))
            return -EPERM; /* the mapping isn't made */
    } else {
        mapping |= SP_MAPPING_ANONYMOUS;
        if ((flags & MAP_SHARED_MASK) != MAP_PRIVATE)
            mapping |= SP_MAPPING_SHARED_MEMORY;
    }
    if (!mapping)
        return 0; /* a file's pages as they are: an image and nothing more */
    return mapping_decision(SP_OP_MEMORY_MAP_EXECUTABLE, address, inode, 0, 0, mapping);
}

SEC("lsm/file_mprotect")
int BPF_PROG(image_protect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC))
        return 0; /* data */
    unsigned long had = vma->vm_flags;
    bool turns = !(had & VM_EXEC); /* else it was decided when it became executable, but for writing */
    if (!turns && !(prot & PROT_WRITE && !(had & VM_WRITE)))
        return 0; /* no more than it was */
    struct file *file = BPF_CORE_READ(vma, vm_file);
    __u64 address = (__u64)file, inode = 0;
    __u32 mapping = prot & PROT_WRITE ? SP_MAPPING_WRITABLE : 0;
    if (had & VM_WRITE)
        mapping |= SP_MAPPING_WAS_WRITABLE;
    bool written = BPF_CORE_READ(vma, anon_vma) != 0; /* pages of its own, that is, written ones */
    if (file) {
        struct dentry *dentry = shown_dentry(file);
        inode = (__u64)BPF_CORE_READ(dentry, d_inode);
        mapping |= kinds_of_file(dentry, BPF_CORE_READ(file, f_path.mnt));
        if (written)
            mapping |= SP_MAPPING_MODIFIED;
        if (turns && mapping_decision(SP_OP_IMAGE_LOAD, address, inode, 0, SP_FILE_MPROTECT, 0))
            return -EPERM; /* the protection stays as it was */
    } else {
        struct mm_struct *mm = vma->vm_mm;
        unsigned long start = vma->vm_start, end = vma->vm_end;
        mapping |= SP_MAPPING_ANONYMOUS;
        if (written)
            mapping |= SP_MAPPING_WAS_WRITABLE;
        if (had & VM_GROWSDOWN)
            mapping |= SP_MAPPING_STACK;
        if (mm && start <= mm->start_stack && mm->start_stack <= end)
            mapping |= SP_MAPPING_STACK;
        if (mm && start < mm->brk && end > mm->start_brk)
            mapping |= SP_MAPPING_HEAP;
    }
    if (!mapping)
        return 0; /* a file's pages as they are: an image and nothing more */
    return mapping_decision(SP_OP_MEMORY_MAKE_EXECUTABLE, address, inode, 0, 0, mapping);
}
