/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to files, names and mounts. Each act is performed in a child of its own (acts_actor): 0 or -errno.
 * -ENOSYS where the kernel hasn't got that way. */
#pragma once
#include <stdint.h>

/* O_PATH, which Swift doesn't see. */
static const int32_t acts_path_only = 010000000;

/* ---- file.open: of a file that exists ---- */

enum acts_file_opening {
    ACTS_OPEN,
    ACTS_OPENAT,
    ACTS_OPENAT2,
    ACTS_OPEN_BY_HANDLE,
    ACTS_OPEN_AGAIN, /* O_PATH, then /proc/self/fd/N */
    ACTS_OPEN_32_BIT,
    ACTS_OPEN_URING,
    ACTS_OPEN_URING_WORKER, /* by a worker thread of the kernel's */
    ACTS_OPEN_URING2,
    ACTS_CREAT,   /* whatever the flags */
    ACTS_ACCOUNT, /* acct: the kernel opens it for writing */
};
int acts_open_file(enum acts_file_opening way, const char *path, int flags);
/* After chroot(root). */
int acts_open_in_chroot(const char *root, const char *path, int flags);
/* As the user; in new namespaces with a /tmp of its own, on a file that is made there. */
int acts_open_in_own_tmp(uint32_t uid, const char *name);

/* ---- file.create: of what isn't there, and isn't left there ---- */

enum acts_file_creating {
    ACTS_CREATE_OPEN,
    ACTS_CREATE_OPENAT2,
    ACTS_CREATE_URING,
    ACTS_MKNOD_FILE,
    ACTS_MKNOD_FIFO,
    ACTS_MKNOD_DEVICE,
    ACTS_MKDIR,
    ACTS_MKDIR_URING,
    ACTS_SYMLINK,
    ACTS_SYMLINK_URING,
    ACTS_BIND,
    ACTS_CREATE_32_BIT,
};
int acts_create(enum acts_file_creating way, const char *path);
/* An unnamed file of the directory (O_TMPFILE), which then gets a name. */
int acts_create_by_tmpfile(const char *directory, const char *path);

/* ---- file.unlink: of what is made for it ---- */

enum acts_file_removing {
    ACTS_UNLINK,
    ACTS_UNLINKAT,
    ACTS_RMDIR,
    ACTS_UNLINKAT_DIRECTORY,
    ACTS_UNLINK_URING,
    ACTS_RMDIR_URING,
    ACTS_UNLINK_32_BIT,
};
int acts_remove(enum acts_file_removing way, const char *path);

/* ---- file.rename, file.link: `from` is made for it, `to` isn't there (exchange: is), both are gone afterwards ---- */

enum acts_file_renaming {
    ACTS_RENAME,
    ACTS_RENAMEAT,
    ACTS_RENAME_NOREPLACE,
    ACTS_RENAME_EXCHANGE,
    ACTS_RENAME_OVER, /* what is there is replaced */
    ACTS_RENAME_DIRECTORY,
    ACTS_RENAME_URING,
};
int acts_rename(enum acts_file_renaming way, const char *from, const char *to);

enum acts_file_linking {
    ACTS_LINK,
    ACTS_LINKAT,
    ACTS_LINK_DESCRIPTOR, /* AT_EMPTY_PATH */
    ACTS_LINK_PROC,       /* /proc/self/fd/N */
    ACTS_LINK_URING,
};
int acts_link(enum acts_file_linking way, const char *from, const char *to);

/* ---- file.set_attributes, file.truncate: of a file that exists ---- */

enum acts_file_setting {
    ACTS_CHMOD,
    ACTS_FCHMOD,
    ACTS_FCHMODAT,
    ACTS_FCHMODAT2,
    ACTS_CHOWN,
    ACTS_FCHOWN,
    ACTS_LCHOWN,
    ACTS_FCHOWNAT,
    ACTS_UTIMENSAT,
    ACTS_FUTIMENS,
    ACTS_UTIME,
    ACTS_SETXATTR,
    ACTS_LSETXATTR,
    ACTS_FSETXATTR,
    ACTS_SETXATTR_URING,
    ACTS_FSETXATTR_URING,
    ACTS_REMOVEXATTR,
    ACTS_FREMOVEXATTR,
    ACTS_SET_ACL,
    ACTS_REMOVE_ACL,
};
int acts_set_attribute(enum acts_file_setting way, const char *path);
/* Sets what ACTS_REMOVEXATTR, ACTS_FREMOVEXATTR and ACTS_REMOVE_ACL remove. In the caller. */
int acts_prepare_attributes(const char *path);

enum acts_file_truncating {
    ACTS_TRUNCATE,
    ACTS_FTRUNCATE,
    ACTS_OPEN_TRUNCATING,
    ACTS_CREAT_TRUNCATING,
    ACTS_FTRUNCATE_URING,
};
int acts_truncate(enum acts_file_truncating way, const char *path);

/* ---- file.mount: in a mount namespace of the child's own ---- */

enum acts_mounting {
    ACTS_MOUNT_NEW,
    ACTS_MOUNT_BIND,
    ACTS_MOUNT_PROPAGATION,
    ACTS_MOUNT_FSMOUNT,
    ACTS_MOUNT_OPEN_TREE,
    ACTS_REMOUNT,
    ACTS_REMOUNT_BIND,
    ACTS_REMOUNT_FSPICK,
    ACTS_MOVE,
    ACTS_MOVE_MOUNT,
    ACTS_UMOUNT,
    ACTS_UMOUNT_LAZY,
    ACTS_PIVOT_ROOT,
};
/* `place` is a directory; what is moved comes from `source`, another one. */
int acts_mount_by(enum acts_mounting way, const char *source, const char *place);

/* Makes a file an fs-verity file with SHA-256 and blocks of 4 KiB; its digest is stored at `digest`, 32 bytes. */
int acts_enable_verity(const char *path, unsigned char *digest);
