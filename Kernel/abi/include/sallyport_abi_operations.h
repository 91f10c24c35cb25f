/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations and what belongs to some of them only. The numbers are stable: 0 is none, new ones are appended. */
#ifndef SALLYPORT_ABI_OPERATIONS_H
#define SALLYPORT_ABI_OPERATIONS_H

enum sp_operation {
    SP_OP_NONE = 0,
    SP_OP_PROCESS_EXEC = 1,
    SP_OP_PROCESS_CREATE = 2,
    SP_OP_PROCESS_EXIT = 3,
    SP_OP_IMAGE_LOAD = 4,
    SP_OP_PROCESS_OPEN = 5,
    SP_OP_THREAD_OPEN = 6,
    SP_OP_PROCESS_SIGNAL = 7,
    SP_OP_PROCESS_CONTROL = 8,
    SP_OP_PROCESS_CREDENTIALS = 9,
    SP_OP_THREAD_CREATE = 10,
    SP_OP_MEMORY_MAP_EXECUTABLE = 11,
    SP_OP_MEMORY_MAKE_EXECUTABLE = 12,
    SP_OP_IMAGE_LOAD_MODULE = 13,
    SP_OP_IMAGE_LOAD_BPF = 14,
    SP_OP_IMAGE_LOAD_KERNEL = 15,
    SP_OP_IMAGE_LOAD_FIRMWARE = 16,
    SP_OP_FILE_OPEN = 17,
    SP_OP_FILE_CREATE = 18,
    SP_OP_FILE_UNLINK = 19,
    SP_OP_FILE_RENAME = 20,
    SP_OP_FILE_LINK = 21,
    SP_OP_FILE_SET_ATTRIBUTES = 22,
    SP_OP_FILE_TRUNCATE = 23,
    SP_OP_FILE_MOUNT = 24,
    SP_OP_KERNEL_ACCESS = 25,
    /* Not operations: what a subscriber lost, a marker that the daemon put there, and records of the start-up snapshot,
     * written by the task iterator. */
    SP_OP_GAP = 29,
    SP_OP_SYNC = 30,
    SP_OP_SNAPSHOT = 31,
};
#define SP_OPERATIONS 32u /* slots in every table by operation */

/* EndpointModel.Access in its order, from 1; SP_ACCESS_READ_WRITE is a file opened for both. */
enum sp_access {
    SP_ACCESS_NONE = 0,
    SP_ACCESS_INSPECT = 1,
    SP_ACCESS_ATTACH = 2,
    SP_ACCESS_READ_MEMORY = 3,
    SP_ACCESS_WRITE_MEMORY = 4,
    SP_ACCESS_GET_FD = 5,
    SP_ACCESS_READ = 6,
    SP_ACCESS_WRITE = 7,
    SP_ACCESS_PRIORITY = 8,
    SP_ACCESS_IO_PRIORITY = 9,
    SP_ACCESS_SCHEDULER = 10,
    SP_ACCESS_LIMITS = 11,
    SP_ACCESS_MOVE_PAGES = 12,
    SP_ACCESS_CGROUP = 13,
    SP_ACCESS_USER = 14,
    SP_ACCESS_GROUP = 15,
    SP_ACCESS_GROUPS = 16,
    SP_ACCESS_CAPABILITIES = 17,
    SP_ACCESS_EXEC = 18,
    SP_ACCESS_MODE = 19,
    SP_ACCESS_OWNER = 20,
    SP_ACCESS_TIMES = 21,
    SP_ACCESS_EXTENDED_ATTRIBUTE = 22,
    SP_ACCESS_MOUNT = 23,
    SP_ACCESS_UNMOUNT = 24,
    SP_ACCESS_REMOUNT = 25,
    SP_ACCESS_MOVE_MOUNT = 26,
    SP_ACCESS_PIVOT_ROOT = 27,
    SP_ACCESS_READ_WRITE = 31,
};
#define SP_ACCESSES 32u

/* EndpointModel.KernelArea in its order, from 1. */
enum sp_area {
    SP_AREA_NONE = 0,
    SP_AREA_MEMORY = 1,
    SP_AREA_MSR = 2,
    SP_AREA_PORTS = 3,
    SP_AREA_PROBES = 4,
    SP_AREA_SYMBOLS = 5,
    SP_AREA_SYSCTL = 6,
    SP_AREA_DEBUG = 7,
    SP_AREA_HARDWARE = 8,
    SP_AREA_PERFORMANCE = 9,
    SP_AREA_BPF = 10,
    SP_AREA_OTHER = 11,
};
#define SP_AREAS 32u

/* EndpointModel.MappingKind in its order: a bit each. */
enum sp_mapping {
    SP_MAPPING_ANONYMOUS = 1 << 0,
    SP_MAPPING_WRITABLE = 1 << 1,
    SP_MAPPING_WAS_WRITABLE = 1 << 2,
    SP_MAPPING_MODIFIED = 1 << 3,
    SP_MAPPING_STACK = 1 << 4,
    SP_MAPPING_HEAP = 1 << 5,
    SP_MAPPING_MEMFD = 1 << 6,
    SP_MAPPING_SHARED_MEMORY = 1 << 7,
    SP_MAPPING_DELETED = 1 << 8,
};
#define SP_MAPPINGS 512u

#define SP_SIGNALS 128u

/* EndpointModel.FileFlag in its order: a bit each. SP_FILE_MPROTECT isn't a flag that rules ask for. */
enum sp_file_flags {
    SP_FILE_DELETED = 1 << 0,
    SP_FILE_MEMFD = 1 << 1,
    SP_FILE_TMPFS = 1 << 2,
    SP_FILE_SETUID = 1 << 3,
    SP_FILE_SETGID = 1 << 4,
    SP_FILE_WORLD_WRITABLE = 1 << 5,
    SP_FILE_OVERLAY = 1 << 6,
    SP_FILE_OVERLAY_UPPER = 1 << 7,
    SP_FILE_SCRIPT = 1 << 8,
    SP_FILE_MPROTECT = 1 << 9,
};
#define SP_FLAGS 512u

#endif
