/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * file.*: one program a hook. The object of a hook on a directory and a name is the name; a rename and a link are
 * decided by both names.
 *
 *   lsm/file_open                                   file.open; kernel.access by what is opened
 *   lsm/path_mknod, path_mkdir, path_symlink        file.create
 *   lsm/path_unlink, path_rmdir                     file.unlink
 *   lsm/path_rename                                 file.rename
 *   lsm/path_link                                   file.link
 *   lsm/path_chmod, path_chown, inode_setattr, inode_setxattr, inode_removexattr, inode_set_acl, inode_remove_acl
 *                                                   file.set_attributes
 *   lsm/path_truncate, file_truncate                file.truncate
 *   lsm/sb_mount, sb_umount, sb_remount, move_mount, sb_pivotroot  file.mount
 */

/* Of an operation that something follows from. */
static __always_inline int concerned_decision(__u32 operation, int concerned, __u32 access, __u64 mnt, __u64 dentry)
{
    struct scratch *s = begin_attempt(operation, concerned);
    if (!s)
        return without_memory(operation, concerned);
    s->attempt.has_path = 1;
    s->attempt.access = access;
    s->attempt.mnt = mnt;
    s->attempt.dentry = dentry;
    s->attempt.inode = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
    return settle(s, 0);
}

static __always_inline int place_decision(__u32 operation, __u32 access, __u64 mnt, __u64 dentry)
{
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    return concerned_decision(operation, concerned, access, mnt, dentry);
}

static __always_inline int path_decision(__u32 operation, __u32 access, const struct path *path)
{
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct path *p = (struct path *)address_of(path);
    return concerned_decision(operation, concerned, access, (__u64)BPF_CORE_READ(p, mnt),
                              (__u64)BPF_CORE_READ(p, dentry));
}

/* A name in a directory. */
static __always_inline int name_decision(__u32 operation, const struct path *directory, struct dentry *dentry)
{
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct path *p = (struct path *)address_of(directory);
    return concerned_decision(operation, concerned, 0, (__u64)BPF_CORE_READ(p, mnt), address_of(dentry));
}

/* Two names, in directories on one mount: one after the other. */
static __always_inline int names_decision(__u32 operation, const struct path *directory, struct dentry *first,
                                          struct dentry *second)
{
    int concerned = concerns(operation);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct path *p = (struct path *)address_of(directory);
    __u64 mnt = (__u64)BPF_CORE_READ(p, mnt);
    if (concerned_decision(operation, concerned, 0, mnt, address_of(first)))
        return -EPERM; /* neither name changes */
    return concerned_decision(operation, concerned, 0, mnt, address_of(second));
}

SEC("lsm/file_open")
int BPF_PROG(file_open, struct file *file, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (file->f_flags & O_EXEC_INTERNAL)
        return 0; /* opened to be executed: process.exec */
    __u32 mode = file->f_mode & (FMODE_READ | FMODE_WRITE);
    if (area_decision(file, mode))
        return -EPERM; /* the file isn't opened */
    int concerned = concerns(SP_OP_FILE_OPEN);
    if (!concerned)
        return 0; /* nothing follows from it */
    struct scratch *s = begin_attempt(SP_OP_FILE_OPEN, concerned);
    if (!s)
        return without_memory(SP_OP_FILE_OPEN, concerned);
    s->attempt.has_path = 1;
    s->attempt.access = mode == FMODE_READ    ? SP_ACCESS_READ
                        : mode == FMODE_WRITE ? SP_ACCESS_WRITE
                                              : SP_ACCESS_READ_WRITE;
    s->attempt.file = address_of(file);
    s->attempt.inode = address_of(file->f_inode);
    /* Devices and the files of procfs have inodes of their own each time. */
    decide(s, 0, (file->f_inode->i_mode & S_IFMT) == S_IFREG ? SETS_OF_FILE(file->f_inode, concerned) : 0);
    return conclude(s);
}

SEC("lsm/path_mknod")
int BPF_PROG(file_create, const struct path *dir, struct dentry *dentry, unsigned int mode, unsigned int dev, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return name_decision(SP_OP_FILE_CREATE, dir, dentry);
}

SEC("lsm/path_mkdir")
int BPF_PROG(file_create_directory, const struct path *dir, struct dentry *dentry, unsigned int mode, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return name_decision(SP_OP_FILE_CREATE, dir, dentry);
}

SEC("lsm/path_symlink")
int BPF_PROG(file_create_link, const struct path *dir, struct dentry *dentry, const char *target, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return name_decision(SP_OP_FILE_CREATE, dir, dentry);
}

SEC("lsm/path_unlink")
int BPF_PROG(file_unlink, const struct path *dir, struct dentry *dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return name_decision(SP_OP_FILE_UNLINK, dir, dentry);
}

SEC("lsm/path_rmdir")
int BPF_PROG(file_unlink_directory, const struct path *dir, struct dentry *dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return name_decision(SP_OP_FILE_UNLINK, dir, dentry);
}

SEC("lsm/path_rename")
int BPF_PROG(file_rename, const struct path *old_dir, struct dentry *old_dentry, const struct path *new_dir,
             struct dentry *new_dentry, unsigned int flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    /* Neither a rename nor a link leaves the mount. */
    return names_decision(SP_OP_FILE_RENAME, new_dir, old_dentry, new_dentry);
}

SEC("lsm/path_link")
int BPF_PROG(file_link, struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return names_decision(SP_OP_FILE_LINK, new_dir, old_dentry, new_dentry);
}

SEC("lsm/path_chmod")
int BPF_PROG(file_mode, const struct path *path, unsigned int mode, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_MODE, path);
}

SEC("lsm/path_chown")
int BPF_PROG(file_owner, const struct path *path, __u64 uid, __u64 gid, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_OWNER, path);
}

#define ATTR_MODE (1u << 0)
#define ATTR_UID (1u << 1)
#define ATTR_GID (1u << 2)
#define ATTR_SIZE (1u << 3)
#define ATTR_KILL_SUID (1u << 11)
#define ATTR_TIMES_SET ((1u << 7) | (1u << 8)) /* ATTR_ATIME_SET, ATTR_MTIME_SET */
#define ATTR_TOUCH (1u << 17)

/* Times. (Mode, owner and size have hooks that know the mount; the kernel's own changes aren't operations.) */
SEC("lsm/inode_setattr")
int BPF_PROG(file_times)
{
    /* Since 6.3 the mount's id map comes first. */
    bool mapped = bpf_core_type_exists(struct mnt_idmap);
    __u64 first = ctx[0], second = ctx[1], third = ctx[2];
    asm volatile("" : "+r"(first), "+r"(second), "+r"(third));
    __u64 dentry = mapped ? second : first;
    struct iattr *attributes = (struct iattr *)(mapped ? third : second);
    __u32 valid = BPF_CORE_READ(attributes, ia_valid);
    if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE) || !(valid & (ATTR_TIMES_SET | ATTR_TOUCH)))
        return 0; /* decided by another hook, or a change that comes with writing */
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_TIMES, 0, dentry);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(file_set_attribute, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, 0, address_of(dentry));
}

SEC("lsm/inode_removexattr")
int BPF_PROG(file_remove_attribute, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, 0, address_of(dentry));
}

/* Since 6.2; before, access control lists come by inode_setxattr. */
SEC("lsm/inode_set_acl")
int BPF_PROG(file_set_acl, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, 0, address_of(dentry));
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(file_remove_acl, void *map, struct dentry *dentry)
{
    return place_decision(SP_OP_FILE_SET_ATTRIBUTES, SP_ACCESS_EXTENDED_ATTRIBUTE, 0, address_of(dentry));
}

SEC("lsm/path_truncate")
int BPF_PROG(file_truncate, const struct path *path, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_TRUNCATE, 0, path);
}

/* Since 6.2; before, ftruncate comes by path_truncate. */
SEC("lsm/file_truncate")
int BPF_PROG(file_truncate_open, struct file *file, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_TRUNCATE, 0, &file->f_path);
}

#define MS_REMOUNT 32ul
#define MS_MOVE 8192ul

SEC("lsm/sb_mount")
int BPF_PROG(file_mount, const char *source, const struct path *path, const char *type, unsigned long flags, void *data,
             int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    __u32 access = flags & MS_REMOUNT ? SP_ACCESS_REMOUNT : flags & MS_MOVE ? SP_ACCESS_MOVE_MOUNT : SP_ACCESS_MOUNT;
    return path_decision(SP_OP_FILE_MOUNT, access, path);
}

SEC("lsm/sb_umount")
int BPF_PROG(file_unmount, struct vfsmount *mnt, int flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return place_decision(SP_OP_FILE_MOUNT, SP_ACCESS_UNMOUNT, address_of(mnt), address_of(mnt->mnt_root));
}

/* fsconfig(FSCONFIG_CMD_RECONFIGURE); of mount(2) it is the second decision, on the file system. */
SEC("lsm/sb_remount")
int BPF_PROG(file_remount, struct super_block *sb, void *options, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return place_decision(SP_OP_FILE_MOUNT, SP_ACCESS_REMOUNT, 0, address_of(sb->s_root));
}

SEC("lsm/move_mount")
int BPF_PROG(file_move_mount, const struct path *from, const struct path *to, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_MOUNT, SP_ACCESS_MOVE_MOUNT, to);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(file_pivot_root, const struct path *old, const struct path *new, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    return path_decision(SP_OP_FILE_MOUNT, SP_ACCESS_PIVOT_ROOT, new);
}
