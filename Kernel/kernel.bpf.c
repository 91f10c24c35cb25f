/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel.access: sensitive areas of the running kernel.
 *
 *   lsm/locked_down   what lockdown knows, but for what is told more exactly by the file that is opened
 *   lsm/file_open     devices, procfs, tracefs, debugfs (area_decision, called in file.bpf.c)
 */

#define RDEV(major, minor) ((major) << 20 | (minor))
#define MSR_MAJOR 202u

/* Names of at most eight bytes, as the number that they are in memory. */
#define NAME_KCORE 0x65726f636bull
#define NAME_KALLSYMS 0x736d79736c6c616bull
#define NAME_SYS 0x737973ull

static __always_inline bool is_named(struct dentry *dentry, __u64 name, __u32 length)
{
    __u64 found = 0;
    if (BPF_CORE_READ(dentry, d_name.len) != length)
        return false;
    bpf_probe_read_kernel(&found, sizeof(found), BPF_CORE_READ(dentry, d_name.name));
    return (found & (~0ull >> (64 - 8 * length))) == name;
}

struct top_walk {
    struct {
        __u64 dentry;
        __u64 below; /* the name below the root that leads to it */
    } at;
};

static long top_step(__u32 index, struct top_walk *w)
{
    struct dentry *dentry = (struct dentry *)w->at.dentry;
    __u64 parent = (__u64)BPF_CORE_READ(dentry, d_parent);
    if (!parent || parent == w->at.dentry)
        return 1;
    w->at.below = w->at.dentry;
    w->at.dentry = parent;
    return 0;
}

/* What lies in procfs: told by names below its own root, wherever it is mounted. */
static __always_inline __u32 area_of_proc(struct dentry *dentry, __u32 mode)
{
    struct top_walk w = {.at.dentry = (__u64)dentry};
    forget(&w.at, sizeof(w.at));
    bpf_loop(16, top_step, &w, 0);
    struct dentry *top = (struct dentry *)w.at.below;
    if (!top)
        return SP_AREA_NONE;
    if (top == dentry && is_named(top, NAME_KCORE, 5))
        return SP_AREA_MEMORY;
    if (top == dentry && is_named(top, NAME_KALLSYMS, 8))
        return SP_AREA_SYMBOLS;
    if (mode & FMODE_WRITE && is_named(top, NAME_SYS, 3))
        return SP_AREA_SYSCTL;
    return SP_AREA_NONE;
}

static __always_inline __u32 area_of_file(struct inode *inode, struct dentry *dentry, __u32 mode)
{
    __u32 device = BPF_CORE_READ(inode, i_rdev);
    if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFCHR) {
        if (device == RDEV(1, 1) || device == RDEV(1, 2))
            return SP_AREA_MEMORY;
        if (device == RDEV(1, 4))
            return SP_AREA_PORTS;
        return device >> 20 == MSR_MAJOR ? SP_AREA_MSR : SP_AREA_NONE;
    }
    switch (BPF_CORE_READ(inode, i_sb, s_magic)) {
    case PROC_SUPER_MAGIC:
        return area_of_proc(dentry, mode);
    case TRACEFS_MAGIC:
        return mode & FMODE_WRITE ? SP_AREA_PROBES : SP_AREA_NONE;
    case DEBUGFS_MAGIC:
        return SP_AREA_DEBUG;
    default:
        return SP_AREA_NONE;
    }
}

/* Whether a file may be an area at all: most files aren't, and are told by their inode alone. */
static __always_inline bool may_be_area(struct inode *inode)
{
    if ((inode->i_mode & S_IFMT) == S_IFCHR)
        return true;
    unsigned long magic = inode->i_sb->s_magic;
    return magic == PROC_SUPER_MAGIC || magic == TRACEFS_MAGIC || magic == DEBUGFS_MAGIC;
}

/* The part of file_open that concerns the kernel itself: nonzero refuses. */
static __always_inline int area_decision(struct file *file, __u32 mode)
{
    if (!may_be_area(file->f_inode))
        return 0; /* no such area */
    int concerned = concerns(SP_OP_KERNEL_ACCESS);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct file *f = (struct file *)address_of(file);
    struct inode *inode = BPF_CORE_READ(f, f_inode);
    __u32 area = area_of_file(inode, BPF_CORE_READ(f, f_path.dentry), mode);
    if (!area)
        return 0; /* no such area */
    struct scratch *s = begin_attempt(SP_OP_KERNEL_ACCESS, concerned);
    if (!s)
        return without_memory(SP_OP_KERNEL_ACCESS, concerned);
    s->attempt.has_path = 1;
    s->attempt.area = area;
    s->attempt.file = (__u64)f;
    s->attempt.inode = (__u64)inode;
    return settle(s, 0);
}

#define REASON(name) (what == bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_##name))

static __always_inline __u32 area_of_reason(int what)
{
    if (REASON(DEV_MEM) || REASON(KCORE) || REASON(TRACEFS) || REASON(DEBUGFS) || REASON(MSR))
        return SP_AREA_NONE; /* told by the file */
    if (REASON(IOPORT))
        return SP_AREA_PORTS;
    if (REASON(KPROBES) || REASON(MMIOTRACE))
        return SP_AREA_PROBES;
    if (REASON(EFI_TEST) || REASON(PCI_ACCESS) || REASON(ACPI_TABLES) || REASON(DEVICE_TREE) || REASON(PCMCIA_CIS))
        return SP_AREA_HARDWARE;
    if (REASON(DBG_WRITE_KERNEL) || REASON(DBG_READ_KERNEL))
        return SP_AREA_DEBUG;
    if (REASON(PERF))
        return SP_AREA_PERFORMANCE;
    if (REASON(BPF_READ_KERNEL) || REASON(BPF_WRITE_USER))
        return SP_AREA_BPF;
    if (REASON(HIBERNATION) || REASON(MODULE_PARAMETERS))
        return SP_AREA_OTHER;
    return SP_AREA_NONE; /* modules and kexec are image.* */
}

SEC("lsm/locked_down")
int BPF_PROG(kernel_access, int what, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    int concerned = concerns(SP_OP_KERNEL_ACCESS);
    if (!concerned)
        return 0; /* nothing follows from it */
    __u32 area = area_of_reason(what);
    if (!area)
        return 0; /* decided elsewhere */
    struct scratch *s = begin_attempt(SP_OP_KERNEL_ACCESS, concerned);
    if (!s)
        return without_memory(SP_OP_KERNEL_ACCESS, concerned);
    s->attempt.has_path = 1;
    s->attempt.area = area;
    return settle(s, 0);
}
