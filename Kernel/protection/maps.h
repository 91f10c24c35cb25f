/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the object, with its limit. All are pinned: a daemon that starts finds them by these names. */
#ifndef SALLYPORT_PROTECTION_MAPS_H
#define SALLYPORT_PROTECTION_MAPS_H

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sp_protection);
} protection SEC(".maps");

/* By identity and not in the inode's storage: that goes when the inode leaves memory. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, SP_GUARD_ROOM);
    __type(key, struct sp_guard_key);
    __type(value, struct sp_guard);
} guarded SEC(".maps");

/* By number: /proc and cgroups name tasks by it. Full: a task isn't protected (it has no entry). */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, struct sp_guarded_task);
} guarded_tasks SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 256);
    __type(key, __u32);
    __type(value, __u32);
} guarded_devices SEC(".maps");

/* Mounts by which something protected is reached, by the address of their vfsmount. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, __u32);
} guarded_mounts SEC(".maps");

/* Cgroups (version 2) that a guarded task lives in or below, but for the root, by number. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, struct sp_guarded_cgroup);
} guarded_cgroups SEC(".maps");

/*
 * Processes that process 1 has created and that haven't executed anything: they are still its own code, and enter the
 * cgroup of what they are about to execute. Full: the oldest is forgotten, and may not enter one when sealed.
 */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, __u32);
    __type(value, __u32);
} init_children SEC(".maps");

/* The platform's BPF objects. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 16384);
    __type(key, struct sp_bpf_key);
    __type(value, __u32);
} guarded_bpf SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 64);
    __type(key, struct sp_sysctl_key);
    __type(value, __u32);
} guarded_sysctls SEC(".maps");

/* Full: refusals are still refused, and counted. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} refusals SEC(".maps");

static __always_inline struct sp_protection *protection_words(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&protection, &zero);
}

/* A kernel pointer as a number. */
static __always_inline __u64 address_of(const void *pointer)
{
    __u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &pointer);
    return address;
}

#endif
