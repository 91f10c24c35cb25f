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
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1024 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };

#define CLONE_THREAD 0x00010000ull
#define PROT_EXEC 4ul
#define VM_EXEC 4ul
#define EPERM 1
#define SIGNAL_GROUP_EXIT 4u
#define FMODE_BACKING_6_5 (1u << 25)  /* no file had the bit before 6.5 */
#define FMODE_BACKING_6_14 (1u << 24) /* bit 25 became FMODE_NONOTIFY, which ordinary files have */
#define TMPFS_MAGIC 0x01021994ul
#define OVERLAYFS_SUPER_MAGIC 0x794c7630ul
#define S_ISUID 04000
#define S_ISGID 02000
#define S_IWOTH 00002
#define S_IFMT 00170000
#define S_IFREG 00100000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
    struct {
        __u32 hash;
        __u32 len;
    };
    const unsigned char *name;
};
struct hlist_bl_node {
    struct hlist_bl_node *next, **pprev;
};
struct super_block {
    __u32 s_dev;
    unsigned long s_magic;
    struct dentry *s_root;
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
    int level; /* 0 for the initial one */
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
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    unsigned int f_mode;
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
};
struct vm_area_struct {
    unsigned long vm_flags;
    struct file *vm_file;
};
struct fs_struct {
    struct path pwd;
};
struct kernel_cap_struct {
    __u64 val; /* since 6.3 */
};
struct kernel_cap_struct___6_1 {
    __u32 cap[2];
};
struct cred {
    struct {
        __u32 val;
    } uid, euid;
    struct {
        __u32 val;
    } gid, egid;
    struct kernel_cap_struct cap_effective;
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
    unsigned int flags;
    int group_exit_code;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};
struct task_struct {
    pid_t pid;
    pid_t tgid;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    __u64 start_boottime;
    __u64 self_exec_id;
    int exit_code;
    struct {
        __u32 val;
    } loginuid;
    struct mm_struct *mm;
    struct fs_struct *fs;
    struct cred *cred;
    struct nsproxy *nsproxy;
    struct css_set *cgroups;
    struct signal_struct *signal;
    struct pid *thread_pid;
    char comm[16];
};
struct linux_binprm {
    struct file *file;
    const char *filename;
    const char *interp;
    char buf[256];
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
