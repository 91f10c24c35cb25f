/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files and directories. The hooks are those on inodes, below the ones on paths: an overlay, a file server and a handle
 * come by them too.
 *
 *   lsm/file_open                                                opening for writing; block devices, /proc, cgroups
 *   lsm/inode_create, inode_mknod, inode_mkdir, inode_symlink    a new name in a tree
 *   lsm/inode_unlink, inode_rmdir, inode_rename, inode_link      a name
 *   lsm/inode_setattr                                            mode, owner, times, truncation
 *   lsm/inode_setxattr, inode_removexattr, inode_set_acl, inode_remove_acl
 *   lsm/file_ioctl                                               attributes by chattr, freezing, raw writes to a disk
 *   lsm/file_lock                                                a lock that would keep the owner out
 */

#define RDEV(major, minor) ((major) << 20 | (minor))
#define MSR_MAJOR 202u
#define CAP_DAC_OVERRIDE 1

/* Tells the daemon which file it has opened: the kernel's numbers aren't those of stat(2) on every file system. */
static __always_inline void identify_file(struct sp_protection *w, struct file *file)
{
    struct inode *inode = file->f_inode;
    w->identified.inode = inode->i_ino;
    w->identified.device = inode->i_sb->s_dev;
    w->identified.generation = inode->i_generation;
    w->identified_mount = address_of(file->f_path.mnt);
    w->identified_root = address_of(file->f_path.mnt->mnt_root);
    if (!w->root_mount) {
        struct task_struct *task = bpf_get_current_task_btf();
        w->root_mount = (__u64)BPF_CORE_READ(task, fs, root.mnt);
        w->root_entry = (__u64)BPF_CORE_READ(task, fs, root.dentry);
        w->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    }
    w->identified_flags = SP_IDENTIFIED | (inode->i_writecount.counter > 0 ? SP_IDENTIFIED_WRITERS : 0);
}

static __always_inline int refuse_file(struct sp_protection *w, struct file *file, __u32 kind, __u32 operation,
                                       __u32 area, __u32 owner, __u64 task)
{
    struct refused f = {.kind = kind,
                        .operation = operation,
                        .access = SP_ACCESS_WRITE,
                        .area = area,
                        .owner = owner,
                        .dentry = address_of(file->f_path.dentry),
                        .inode = address_of(file->f_inode)};
    report_refusal(w, &f);
    return -EPERM;
}

/* A block device below a file system with something guarded on it. */
static __always_inline int disk_decision(struct sp_protection *w, struct file *file)
{
    __u32 device = file->f_inode->i_rdev;
    __u32 *known = bpf_map_lookup_elem(&guarded_devices, &device);
    if (!known || !(*known & SP_DEVICE_BLOCK) || may_act(w, SP_OWNER_PLATFORM))
        return 0; /* another disk */
    return refuse_file(w, file, SP_REFUSED_OBJECT, SP_OP_FILE_OPEN, 0, SP_OWNER_PLATFORM, 0);
}

/* What is written in /proc: a guarded task's files, and what the kernel would be told to do. */
static __always_inline int proc_decision(struct sp_protection *w, struct file *file)
{
    __u64 inode = address_of(file->f_inode);
    struct proc_inode *entry = (struct proc_inode *)(inode - bpf_core_field_offset(struct proc_inode, vfs_inode));
    struct pid *pid = BPF_CORE_READ(entry, pid);
    if (pid) {
        __u32 number = BPF_CORE_READ(pid, numbers[0].nr);
        struct sp_guarded_task *guard = guarded_task(w, number);
        if (!guard || guard->flags & SP_GUARDED_TRACE || number == current_pid() || may_act(w, guard->owner))
            return 0; /* nobody's, itself, or its owner */
        return refuse_file(w, file, SP_REFUSED_OBJECT, SP_OP_PROCESS_CONTROL, 0, guard->owner, 0);
    }
    struct sp_sysctl_key key = {};
    struct dentry *dentry = (struct dentry *)address_of(file->f_path.dentry);
    long length = bpf_probe_read_kernel_str(key.name, sizeof(key.name), BPF_CORE_READ(dentry, d_name.name));
    __u32 *when = bpf_map_lookup_elem(&guarded_sysctls, &key);
    if (length <= 1 || !when || (*when == SP_SYSCTL_SEALED && !w->sealed) || may_act(w, SP_OWNER_PLATFORM))
        return 0; /* no such one */
    return refuse_file(w, file, w->sealed ? SP_REFUSED_SEALED : SP_REFUSED_OBJECT, SP_OP_KERNEL_ACCESS, SP_AREA_SYSCTL,
                       SP_OWNER_PLATFORM, 0);
}

#define NAME_TASKS 0x736b736174ull            /* "tasks" */
#define NAME_CGROUP_DOT 0x702e70756f726763ull /* "cgroup.p", of cgroup.procs */
#define NAME_CGROUP_THR 0x742e70756f726763ull /* "cgroup.t", of cgroup.threads */
#define NAME_CGROUP_FRE 0x662e70756f726763ull /* "cgroup.f", of cgroup.freeze */
#define NAME_CGROUP_SUB 0x732e70756f726763ull /* "cgroup.s", of cgroup.subtree_control */

/* Length and first eight bytes of an entry's name. */
static __always_inline __u32 entry_name(struct dentry *entry, __u64 *name)
{
    *name = 0;
    __u32 length = BPF_CORE_READ(entry, d_name.len);
    bpf_probe_read_kernel(name, sizeof(*name), BPF_CORE_READ(entry, d_name.name));
    return length;
}

/* Whether a cgroup's file is one that tasks are moved by. */
static __always_inline bool moves_tasks(__u64 dentry)
{
    __u64 name = 0;
    __u32 length = entry_name((struct dentry *)dentry, &name);
    if (length == 5)
        return (name & 0xffffffffffull) == NAME_TASKS;
    return (length == 12 && name == NAME_CGROUP_DOT) || (length == 14 && name == NAME_CGROUP_THR);
}

/*
 * What process 1 writes to guarded cgroups when sealed. Which controllers those below have narrows nothing. Some systemds
 * thaw the cgroups above whatever they stop; freezing is done by the same file: above vendors' it may, above the platform's,
 * which has a slice of its own, it may not.
 */
static __always_inline bool manager_writes(__u64 dentry, struct sp_guarded_cgroup *group)
{
    __u64 name = 0;
    __u32 length = entry_name((struct dentry *)dentry, &name);
    if (length == 22)
        return name == NAME_CGROUP_SUB;
    return length == 13 && name == NAME_CGROUP_FRE && group->above && group->owner != SP_OWNER_PLATFORM;
}

static __always_inline bool is_manager(struct sp_protection *w)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct mm_struct *mm = task->mm;
    struct file *exe = mm->exe_file;
    struct sp_guard *guard = guard_of(w, exe->f_inode);
    return guard && guard->flags & SP_GUARD_MANAGER;
}

/*
 * The files of cgroups. Process 1 manages them, and its children enter theirs before they execute anything. Others don't
 * write to those of a guarded task's cgroups; when the platform is sealed process 1 moves tasks there and enables
 * controllers, and doesn't freeze, kill or limit them until it ends the machine: it is whoever may ask it to. Nor does
 * who could move any task (root) move any then, unless the site named it: what is written says whom, and that is read
 * after every hook.
 */
static __always_inline int cgroup_decision(struct sp_protection *w, struct file *file)
{
    __u32 pid = current_pid();
    bool is_init = pid == INIT_PID;
    if (is_init && (!w->sealed || w->going_down))
        return 0; /* the service manager, also as it ends the machine */
    struct dentry *dentry = file->f_path.dentry;
    bool moves = moves_tasks(address_of(dentry));
    if (moves && (is_init || is_init_child(pid)))
        return 0; /* the service manager starts something */
    __u64 number = dentry->d_parent->d_inode->i_ino;
    struct sp_guarded_cgroup *group = bpf_map_lookup_elem(&guarded_cgroups, &number);
    if (group && !may_act(w, group->owner)) {
        if (is_init && manager_writes(address_of(dentry), group))
            return 0; /* for others below */
        return refuse_file(w, file, is_init ? SP_REFUSED_SEALED : SP_REFUSED_OBJECT, SP_OP_PROCESS_CONTROL, 0,
                           group->owner, 0);
    }
    if (is_init || !w->sealed || !moves || acting_owner(w) || is_manager(w))
        return 0; /* others' */
    struct task_struct *task = bpf_get_current_task_btf();
    struct cred *cred = task->cred;
    struct cred___6_1 *old = (struct cred___6_1 *)address_of(cred);
    __u64 capabilities = bpf_core_field_exists(old->cap_effective.cap)
                             ? BPF_CORE_READ(old, cap_effective.cap[0])
                             : BPF_CORE_READ((struct cred *)old, cap_effective.val);
    if (!(capabilities >> CAP_DAC_OVERRIDE & 1))
        return 0; /* only what is its own */
    return refuse_file(w, file, SP_REFUSED_SEALED, SP_OP_PROCESS_CONTROL, 0, SP_OWNER_PLATFORM, 0);
}

#define NAME_KERNEL 0x6c656e72656bull       /* "kernel" */
#define NAME_UEVENT_H 0x685f746e65766575ull /* "uevent_h", of uevent_helper */
#define NAME_LIVEPATC 0x637461706576696cull /* "livepatc", of livepatch */

/* Whether it is /sys/kernel, wherever sysfs is mounted. */
static __always_inline bool is_kernel_directory(struct dentry *entry)
{
    __u64 name;
    if (entry_name(entry, &name) != 6 || (name & 0xffffffffffffull) != NAME_KERNEL)
        return false;
    struct dentry *root = BPF_CORE_READ(entry, d_parent);
    return root != entry && BPF_CORE_READ(root, d_parent) == root;
}

/* What sysfs has of the kernel's own: the program that it starts for a device, and the live patches of its text. */
static __always_inline __u32 sealed_sysfs_area(__u64 file)
{
    struct dentry *entry = (struct dentry *)file;
    struct dentry *parent = BPF_CORE_READ(entry, d_parent);
    __u64 name;
    __u32 length = entry_name(entry, &name);
    if (length == 13 && name == NAME_UEVENT_H && is_kernel_directory(parent))
        return SP_AREA_SYSCTL;
    struct dentry *patches = BPF_CORE_READ(parent, d_parent); /* livepatch/PATCH/enabled */
    length = entry_name(patches, &name);
    if (length == 9 && name == NAME_LIVEPATC && is_kernel_directory(BPF_CORE_READ(patches, d_parent)))
        return SP_AREA_PROBES;
    return SP_AREA_NONE;
}

/* Doors to the kernel's memory and control that the seal closes, by what is opened for writing. */
static __always_inline __u32 sealed_area(struct file *file, struct inode *inode)
{
    __u32 device = inode->i_rdev;
    if ((inode->i_mode & S_IFMT) == S_IFCHR) {
        if (device == RDEV(1, 1) || device == RDEV(1, 2))
            return SP_AREA_MEMORY;
        if (device == RDEV(1, 4))
            return SP_AREA_PORTS;
        return device >> 20 == MSR_MAJOR ? SP_AREA_MSR : SP_AREA_NONE;
    }
    switch (inode->i_sb->s_magic) {
    case TRACEFS_MAGIC:
        return SP_AREA_PROBES;
    case DEBUGFS_MAGIC:
        return SP_AREA_DEBUG;
    case SYSFS_MAGIC:
        return sealed_sysfs_area(address_of(file->f_path.dentry));
    default:
        return SP_AREA_NONE;
    }
}

static __always_inline bool is_allowed_sealed(struct sp_protection *w, __u32 area)
{
    if (area == SP_AREA_SYSCTL)
        return false; /* as /proc/sys: the platform's own only */
    __u32 allow = area == SP_AREA_PROBES || area == SP_AREA_DEBUG ? SP_SEALED_ALLOW_TRACING : SP_SEALED_ALLOW_HARDWARE;
    return w->sealed_allow & allow;
}

SEC("lsm/file_open")
int BPF_PROG(protect_file_open, struct file *file, int ret)
{
    if (ret)
        return ret; /* another module has refused: it isn't opened */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    /* An overlay opens the file below it, too: the first one is what was meant. */
    if (w->identify && !w->identified_flags && w->identify == (__u32)bpf_get_current_pid_tgid())
        identify_file(w, file);
    if (!(file->f_mode & FMODE_WRITE))
        return 0; /* reading stays possible */
    struct inode *inode = file->f_inode;
    if ((inode->i_mode & S_IFMT) == S_IFBLK)
        return disk_decision(w, file);
    unsigned long magic = inode->i_sb->s_magic;
    if (magic == PROC_SUPER_MAGIC)
        return proc_decision(w, file);
    if (magic == CGROUP2_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC)
        return cgroup_decision(w, file);
    if (w->sealed) {
        __u32 area = sealed_area(file, inode);
        if (area && !is_allowed_sealed(w, area) && !may_act(w, SP_OWNER_PLATFORM))
            return refuse_file(w, file, SP_REFUSED_SEALED, SP_OP_KERNEL_ACCESS, area, SP_OWNER_PLATFORM, 0);
    }
    return place_decision(SP_OP_FILE_OPEN, SP_ACCESS_WRITE, file->f_path.dentry, SP_GUARD_CONTENT | SP_GUARD_TREE);
}

/* A new name: nothing is there yet that could be guarded itself. */
#define NEW_NAME(dentry)                                             \
    if (ret)                                                         \
        return ret; /* another module has refused: nothing to add */ \
    return place_decision(SP_OP_FILE_CREATE, 0, dentry, SP_GUARD_TREE)

SEC("lsm/inode_create")
int BPF_PROG(protect_create, struct inode *dir, struct dentry *dentry, unsigned int mode, int ret)
{
    NEW_NAME(dentry);
}

SEC("lsm/inode_mknod")
int BPF_PROG(protect_mknod, struct inode *dir, struct dentry *dentry, unsigned int mode, unsigned int dev, int ret)
{
    NEW_NAME(dentry);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(protect_mkdir, struct inode *dir, struct dentry *dentry, unsigned int mode, int ret)
{
    NEW_NAME(dentry);
}

SEC("lsm/inode_symlink")
int BPF_PROG(protect_symlink, struct inode *dir, struct dentry *dentry, const char *target, int ret)
{
    NEW_NAME(dentry);
}

#define NAMED (SP_GUARD_NAME | SP_GUARD_TREE)

SEC("lsm/inode_unlink")
int BPF_PROG(protect_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return place_decision(SP_OP_FILE_UNLINK, 0, dentry, NAMED);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(protect_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return place_decision(SP_OP_FILE_UNLINK, 0, dentry, NAMED);
}

/* Both names: what is moved, and what would be replaced or lie in a tree. */
SEC("lsm/inode_rename")
int BPF_PROG(protect_rename, struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
             struct dentry *new_dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w = protection_words();
    if (!w)
        return 0; /* can't be */
    struct place place = {};
    if (is_guarded(w, old_dentry, NAMED, &place)) {
        if (found_decision(w, &place, SP_OP_FILE_RENAME, 0, old_dentry))
            return -EPERM; /* nothing is moved */
    } else if (new_dentry->d_parent == old_dentry->d_parent && !new_dentry->d_inode) {
        return 0; /* a name that isn't there yet, in the same directory: both are locked, and nothing above is guarded */
    }
    return place_decision(SP_OP_FILE_RENAME, 0, new_dentry, NAMED);
}

SEC("lsm/inode_link")
int BPF_PROG(protect_link, struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (place_decision(SP_OP_FILE_LINK, 0, old_dentry, NAMED))
        return -EPERM; /* it gets no other name */
    return place_decision(SP_OP_FILE_LINK, 0, new_dentry, NAMED);
}

#define CHANGED (SP_GUARD_CONTENT | SP_GUARD_TREE)
#define ATTR_MODE (1u << 0)
#define ATTR_UID (1u << 1)
#define ATTR_GID (1u << 2)
#define ATTR_SIZE (1u << 3)

SEC("lsm/inode_setattr")
int BPF_PROG(protect_attributes)
{
    /* Since 6.3 the mount's id map comes first. */
    bool mapped = bpf_core_type_exists(struct mnt_idmap);
    __u64 first = ctx[0], second = ctx[1], third = ctx[2];
    asm volatile("" : "+r"(first), "+r"(second), "+r"(third));
    struct iattr *attributes = (struct iattr *)(mapped ? third : second);
    __u32 valid = BPF_CORE_READ(attributes, ia_valid);
    __u32 operation = valid & ATTR_SIZE ? SP_OP_FILE_TRUNCATE : SP_OP_FILE_SET_ATTRIBUTES;
    __u32 access = valid & ATTR_SIZE               ? 0
                   : valid & ATTR_MODE             ? SP_ACCESS_MODE
                   : valid & (ATTR_UID | ATTR_GID) ? SP_ACCESS_OWNER
                                                   : SP_ACCESS_TIMES;
    struct dentry *dentry = (struct dentry *)(mapped ? second : first);
    return place_decision(operation, access, dentry, CHANGED);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(protect_set_attribute, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, dentry, CHANGED);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(protect_remove_attribute, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, dentry, CHANGED);
}

/* Since 6.2; before, access control lists come by inode_setxattr. */
SEC("lsm/inode_set_acl")
int BPF_PROG(protect_set_acl, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, dentry, CHANGED);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(protect_remove_acl, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, dentry, CHANGED);
}

#define FS_IOC_SETFLAGS 0x40086602u
#define FS_IOC32_SETFLAGS 0x40046602u
#define FS_IOC_FSSETXATTR 0x401c5820u
#define FS_IOC_SETVERSION 0x40087602u
#define FS_IOC_ENABLE_VERITY 0x40806685u
#define FIFREEZE 0xc0045877u
#define FITHAW 0xc0045878u
#define FS_IOC_SHUTDOWN 0x8004587du
#define SG_IO 0x2285u

/* What a descriptor that was opened for reading is enough for. */
SEC("lsm/file_ioctl")
int BPF_PROG(protect_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    struct sp_protection *w;
    switch (cmd) {
    case FS_IOC_SETFLAGS:
    case FS_IOC32_SETFLAGS:
    case FS_IOC_FSSETXATTR:
    case FS_IOC_SETVERSION:
    case FS_IOC_ENABLE_VERITY:
        return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_MODE, file->f_path.dentry, CHANGED);
    case FIFREEZE:
    case FS_IOC_SHUTDOWN: {
        w = protection_words();
        __u32 device = file->f_inode->i_sb->s_dev;
        if (!w || !bpf_map_lookup_elem(&guarded_devices, &device) || may_act(w, SP_OWNER_PLATFORM))
            return 0; /* nothing guarded lies there */
        return refuse_file(w, file, SP_REFUSED_OBJECT, SP_OP_FILE_MOUNT, 0, SP_OWNER_PLATFORM, 0);
    }
    case SG_IO:
        w = protection_words();
        if (!w || (file->f_inode->i_mode & S_IFMT) != S_IFBLK)
            return 0; /* no disk */
        return disk_decision(w, file);
    default:
        return 0; /* changes nothing that is guarded */
    }
}

/* A read-only descriptor is enough for flock(2): the owner would wait for it. */
SEC("lsm/file_lock")
int BPF_PROG(protect_lock, struct file *file, unsigned int cmd, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return place_decision(SP_OP_FILE_OPEN, SP_ACCESS_WRITE, file->f_path.dentry, SP_GUARD_CONTENT | SP_GUARD_TREE);
}
