/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types, as far as the programs read them. Kept by hand: field names only, offsets come from the running
 * kernel's BTF (CO-RE), so one object serves every kernel. Against a generated vmlinux.h it compiles ten times faster,
 * doesn't depend on the build machine, and shows at a glance what we rely on.
 *
 * Where kernels differ a flavour (name___suffix) or an existence check quarantines it, with the version.
 */
#ifndef SALLYPORT_KERNEL_TYPES_H
#define SALLYPORT_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;
typedef __u32 __le32;
typedef _Bool bool;
typedef int pid_t;

enum { false = 0, true = 1 };

enum bpf_map_type {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_INODE_STORAGE = 28,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1024, BPF_F_INNER_MAP = 4096 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };

#define CLONE_THREAD 0x00010000ull
#define PROT_WRITE 2ul
#define PROT_EXEC 4ul
#define MAP_SHARED_MASK 3ul
#define MAP_PRIVATE 2ul
#define VM_WRITE 2ul
#define VM_EXEC 4ul
#define VM_GROWSDOWN 0x100ul
#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define O_EXEC_INTERNAL 0x20u /* __FMODE_EXEC in f_flags: opened to be executed */
#define O_ACCMODE 3u
#define PF_IO_WORKER 0x10u
#define PF_KTHREAD 0x200000u
#define PF_USER_WORKER 0x4000u /* since 6.4; unused by then in 6.1 */
#define TS_COMPAT 2u
#define NR_READ 0u
#define NR_OPEN 2u
#define NR_PREAD 17u
#define NR_READV 19u
#define NR_SENDFILE 40u
#define NR_PTRACE 101u
#define NR_OPENAT 257u
#define NR_SPLICE 275u
#define NR_PREADV 295u
#define NR_PROCESS_VM_READV 310u
#define NR_PROCESS_VM_WRITEV 311u
#define NR_KCMP 312u
#define NR_PREADV2 327u
#define NR_IO_URING_ENTER 426u
#define NR_PIDFD_GETFD 438u
#define PTRACE_MODE_READ 1u
#define PTRACE_MODE_ATTACH 2u
#define PTRACE_MODE_FSCREDS 8u
#define PTRACE_MODE_REALCREDS 16u
#define EPERM 1
#define EACCES 13
#define ETXTBSY 26
#define SIGNAL_GROUP_EXIT 4u
#define FMODE_BACKING_6_5 (1u << 25)  /* no file had the bit before 6.5 */
#define FMODE_BACKING_6_14 (1u << 24) /* bit 25 became FMODE_NONOTIFY, which ordinary files have */
/* Flags of bpf_ringbuf_output and its like. */
#define BPF_RB_NO_WAKEUP (1ull << 0)
#define BPF_RB_FORCE_WAKEUP (1ull << 1)
/* What bpf_ringbuf_query tells. */
#define BPF_RB_AVAIL_DATA 0
#define BPF_RB_RING_SIZE 1

#define TMPFS_MAGIC 0x01021994ul
#define HUGETLBFS_MAGIC 0x958458f6ul
#define PROC_SUPER_MAGIC 0x9fa0ul
#define TRACEFS_MAGIC 0x74726163ul
#define SYSFS_MAGIC 0x62656572ul
#define DEBUGFS_MAGIC 0x64626720ul
#define OVERLAYFS_SUPER_MAGIC 0x794c7630ul
#define S_ISUID 04000
#define S_ISGID 02000
#define S_IWOTH 00002
#define S_IFMT 00170000
#define S_IFREG 00100000
#define S_IFCHR 00020000
#define S_IFBLK 00060000
#define S_IFDIR 00040000
#define CGROUP_SUPER_MAGIC 0x27e0ebul
#define CGROUP2_SUPER_MAGIC 0x63677270ul

/* By this name the kernel knows a timer in a map's value (since 5.15). */
struct bpf_timer {
    __u64 opaque[2];
} __attribute__((aligned(8)));

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
    struct {
        __u32 hash;
        __u32 len;
    };
    const unsigned char *name;
};
struct hlist_node {
    struct hlist_node *next, **pprev;
};
struct hlist_head {
    struct hlist_node *first;
};
struct hlist_bl_node {
    struct hlist_bl_node *next, **pprev;
};
struct list_head {
    struct list_head *next, *prev;
};
struct file_system_type {
    const char *name;
};
struct super_block {
    __u32 s_dev;
    unsigned long s_magic;
    struct dentry *s_root;
    struct file_system_type *s_type;
    struct list_head s_mounts; /* until 6.17 */
};
struct super_block___6_18 {
    struct mount *s_mounts;
};
struct timespec64 {
    __s64 tv_sec;
    long tv_nsec;
};
struct inode {
    unsigned short i_mode;
    struct {
        __u32 val;
    } i_uid;
    struct {
        __u32 val;
    } i_gid;
    struct super_block *i_sb;
    unsigned long i_ino; /* u64 since 7.x: read through CO-RE, which takes the width from BTF */
    long long i_size;
    __u32 i_generation;
    __u32 i_rdev;
    struct {
        int counter;
    } i_writecount;
    __s64 i_ctime_sec; /* since 6.11 */
    __u32 i_ctime_nsec;
};
struct inode___6_1 {
    struct timespec64 i_ctime; /* until 6.5 */
};
struct inode___6_6 {
    struct timespec64 __i_ctime; /* 6.6 … 6.10 */
};
struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    struct super_block *d_sb;
};
struct ns_common {
    unsigned int inum;
};
struct user_namespace {
    struct user_namespace *parent;
    int level; /* 0 for the initial one */
    struct {
        __u32 val;
    } owner;
    struct ns_common ns;
};
struct mnt_namespace {
    struct ns_common ns;
    struct user_namespace *user_ns;
    __u64 seq; /* 0 for an anonymous namespace; until 6.17 */
};
struct ns_common___6_18 {
    __u64 ns_id; /* 0 for an anonymous mount namespace */
};
struct mnt_namespace___6_18 {
    struct ns_common___6_18 ns;
};
struct mnt_namespace___7 {
    bool is_anon; /* since 7.x */
};
struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
    int mnt_flags;
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
    struct list_head mnt_instance; /* until 6.17 */
};
struct mount___6_17 {
    int mnt_t_flags; /* since 6.17: what is shared, before in mnt_flags */
};
struct mount___6_18 {
    struct mount *mnt_next_for_sb;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    unsigned int f_mode;
    unsigned int f_flags;
    struct path f_path;
    struct inode *f_inode;
};
/* Came with the series (pre-content events, 6.14) that moved FMODE_BACKING: the flags themselves are not in BTF. */
enum fsnotify_data_type { FSNOTIFY_EVENT_FILE_RANGE = 1 };
/* An overlay's file on the real file system, as a mapping holds it; the path that the user sees is beside it (6.5). */
struct backing_file {
    struct file file;
    struct path user_path;
};
struct mm_struct {
    struct file *exe_file;
    unsigned long arg_start, arg_end;
    unsigned long start_brk, brk, start_stack;
};
struct anon_vma;
struct vm_area_struct {
    unsigned long vm_start, vm_end;
    struct mm_struct *vm_mm;
    struct anon_vma *anon_vma;
    unsigned long vm_flags;
    struct file *vm_file;
};
struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};
struct files_struct {
    struct fdtable *fdt;
};
struct fs_struct {
    struct path root;
    struct path pwd;
};
struct kernel_cap_struct {
    __u64 val; /* since 6.3 */
};
struct kernel_cap_struct___6_1 {
    __u32 cap[2];
};
struct group_info {
    int ngroups;
    struct {
        __u32 val;
    } gid[0];
};
struct cred {
    struct {
        __u32 val;
    } uid, euid, suid, fsuid;
    struct {
        __u32 val;
    } gid, egid, sgid, fsgid;
    struct group_info *group_info;
    unsigned int securebits;
    struct kernel_cap_struct cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
    struct user_namespace *user_ns;
};
struct cred___6_1 {
    struct kernel_cap_struct___6_1 cap_effective;
};
struct uts_namespace {
    struct ns_common ns;
};
struct ipc_namespace {
    struct ns_common ns;
};
struct pid_namespace {
    struct ns_common ns;
};
struct net {
    struct ns_common ns;
};
struct cgroup_namespace {
    struct ns_common ns;
};
struct nsproxy {
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
    struct cgroup_namespace *cgroup_ns;
};
struct kernfs_node {
    const char *name;
    struct kernfs_node *parent;
    __u64 id;
};
struct kernfs_node___6_15 {
    struct kernfs_node *__parent;
};
struct cgroup {
    struct kernfs_node *kn;
};
struct css_set {
    struct cgroup *dfl_cgrp;
};
struct signal_struct {
    struct {
        int counter;
    } live;
    int nr_threads;
    unsigned int flags;
    int group_exit_code;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct hlist_head tasks[1]; /* the first list is of the one task that has the number */
    struct upid numbers[1];
};
struct seccomp {
    int mode;
};
struct thread_info {
    __u32 status; /* TS_COMPAT: in a 32-bit system call */
};
struct task_struct {
    struct thread_info thread_info;
    unsigned int __state;
    unsigned int flags;
    pid_t pid;
    pid_t tgid;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    __u64 start_boottime;
    __u64 self_exec_id;
    unsigned int ptrace;
    unsigned int personality;
    struct seccomp seccomp;
    int exit_code;
    struct {
        __u32 val;
    } loginuid;
    struct mm_struct *mm;
    struct fs_struct *fs;
    struct files_struct *files;
    struct cred *cred;
    struct cred *real_cred;
    struct nsproxy *nsproxy;
    struct css_set *cgroups;
    struct signal_struct *signal;
    struct pid *thread_pid;
    struct hlist_node pid_links[1]; /* by which it is in pid.tasks */
    char comm[16];
};
struct linux_binprm {
    int unsafe; /* LSM_UNSAFE_…: shared, traced */
    struct file *file;
    struct cred *cred;
    const char *filename;
    const char *interp;
    char buf[256];
};
struct iattr {
    unsigned int ia_valid;
};
struct mnt_idmap { /* since 6.3: hooks on inodes take it */
    int defined_elsewhere;
};
struct bpf_map {
    __u32 id;
};
struct bpf_prog_aux {
    __u32 id;
};
struct bpf_prog {
    struct bpf_prog_aux *aux;
};
struct proc_inode {
    struct pid *pid;
    struct inode vfs_inode;
};
struct rlimit;
union bpf_attr;
/* The numbers come from the running kernel's BTF. */
enum lockdown_reason {
    LOCKDOWN_DEV_MEM = 2,
    LOCKDOWN_EFI_TEST = 3,
    LOCKDOWN_HIBERNATION = 5,
    LOCKDOWN_PCI_ACCESS = 6,
    LOCKDOWN_IOPORT = 7,
    LOCKDOWN_MSR = 8,
    LOCKDOWN_ACPI_TABLES = 9,
    LOCKDOWN_DEVICE_TREE = 10,
    LOCKDOWN_PCMCIA_CIS = 11,
    LOCKDOWN_MODULE_PARAMETERS = 13,
    LOCKDOWN_MMIOTRACE = 14,
    LOCKDOWN_DEBUGFS = 15,
    LOCKDOWN_BPF_WRITE_USER = 17,
    LOCKDOWN_DBG_WRITE_KERNEL = 18,
    LOCKDOWN_KCORE = 22,
    LOCKDOWN_KPROBES = 23,
    LOCKDOWN_BPF_READ_KERNEL = 24,
    LOCKDOWN_DBG_READ_KERNEL = 25,
    LOCKDOWN_PERF = 26,
    LOCKDOWN_TRACEFS = 27,
};
enum kernel_read_file_id {
    READING_FIRMWARE = 1,
    READING_MODULE = 2,
    READING_KEXEC_IMAGE = 3,
    READING_KEXEC_INITRAMFS = 4,
    READING_MODULE_COMPRESSED = 7,
};
enum kernel_load_data_id {
    LOADING_FIRMWARE = 1,
    LOADING_MODULE = 2,
    LOADING_KEXEC_IMAGE = 3,
    LOADING_KEXEC_INITRAMFS = 4,
    LOADING_MODULE_COMPRESSED = 7,
};
struct seq_file;
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};
struct pt_regs {
    unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

#pragma clang attribute pop

#endif
