/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on the maps, programs and links that a process has: each way to a descriptor of one, and what could be done by it. */
#include "attack_bpf.h"

#include <dirent.h>
#include <sys/mman.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define BPF_ATTACK(function) static int function(const struct acts_target *t)

enum kind { MAP, PROGRAM, LINK };
#define ANY_TYPE (~0u)

/* One of the process's objects: its number, and its descriptor there. */
struct found {
    unsigned id;
    int descriptor;
};

static int number_after(const char *text, const char *word, unsigned *number)
{
    const char *place = strstr(text, word);
    return place && sscanf(place + strlen(word), " %u", number) == 1;
}

/* By what everybody who may look at the process reads of its descriptors. */
static int find(const struct acts_target *t, enum kind kind, unsigned type, struct found *found)
{
    char path[320], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/fdinfo", t->pid);
    DIR *directory = opendir(path);
    int result = 0;
    for (struct dirent *entry; directory && !result && (entry = readdir(directory));) {
        snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", t->pid, entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        long length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
        close(fd);
        text[length > 0 ? length : 0] = 0;
        unsigned its_type = ANY_TYPE;
        int is_link = strstr(text, "link_id:") != 0;
        int is_one = kind == LINK      ? number_after(text, "link_id:", &found->id)
                     : kind == PROGRAM ? !is_link && number_after(text, "prog_id:", &found->id)
                                       : number_after(text, "map_id:", &found->id);
        if (kind == MAP)
            number_after(text, "map_type:", &its_type);
        found->descriptor = atoi(entry->d_name);
        result = is_one && (type == ANY_TYPE || its_type == type);
    }
    if (directory)
        closedir(directory);
    return result;
}

static int by_number(enum kind kind, unsigned id)
{
    static const int commands[] = {BPF_MAP_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID};
    BPF_ATTRIBUTES(attributes);
    attributes.map_id = id;
    return bpf_call(commands[kind], &attributes);
}

static int by_pidfd(const struct acts_target *t, int descriptor)
{
    int process = (int)syscall(SYS_pidfd_open, t->pid, 0);
    int fd = process < 0 ? process : (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
    return fd < 0 ? -errno : fd;
}

/* By number, else out of the process; -ENOSYS if it has none. */
static int take(const struct acts_target *t, enum kind kind, unsigned type)
{
    struct found found;
    if (!find(t, kind, type, &found))
        return -ENOSYS;
    int fd = by_number(kind, found.id);
    return fd >= 0 ? fd : by_pidfd(t, found.descriptor);
}

#define TAKE(name, kind, type)      \
    int name = take(t, kind, type); \
    if (name < 0)                   \
    return name

static int taken_by_pidfd(const struct acts_target *t, enum kind kind)
{
    struct found found;
    if (!find(t, kind, ANY_TYPE, &found))
        return -ENOSYS;
    int fd = by_pidfd(t, found.descriptor);
    return fd < 0 ? fd : 0;
}
BPF_ATTACK(map_by_pidfd)
{
    return taken_by_pidfd(t, MAP);
}
BPF_ATTACK(program_by_pidfd)
{
    return taken_by_pidfd(t, PROGRAM);
}
BPF_ATTACK(link_by_pidfd)
{
    return taken_by_pidfd(t, LINK);
}
/* The kernel itself has no way to open what lies in no file system. */
BPF_ATTACK(map_by_proc)
{
    struct found found;
    char path[64];
    if (!find(t, MAP, ANY_TYPE, &found))
        return -ENOSYS;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->pid, found.descriptor);
    return opened(path, O_RDWR);
}

static int update(int map, const void *value)
{
    unsigned zero = 0;
    BPF_ATTRIBUTES(attributes);
    attributes.map_fd = (unsigned)map;
    attributes.key = (uintptr_t)&zero;
    attributes.value = (uintptr_t)value;
    return bpf_call(BPF_MAP_UPDATE_ELEM, &attributes);
}

BPF_ATTACK(map_updated)
{
    static const char nothing[1 << 16];
    TAKE(map, MAP, BPF_MAP_TYPE_ARRAY);
    return update(map, nothing);
}
BPF_ATTACK(map_emptied)
{
    static char key[1 << 16];
    TAKE(map, MAP, BPF_MAP_TYPE_HASH);
    BPF_ATTRIBUTES(attributes);
    attributes.map_fd = (unsigned)map;
    attributes.key = (uintptr_t)key;
    int result = bpf_call(BPF_MAP_DELETE_ELEM, &attributes);
    return result == -ENOENT ? 0 : result; /* it was let to try */
}
BPF_ATTACK(map_mapped)
{
    TAKE(map, MAP, BPF_MAP_TYPE_ARRAY);
    void *memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    return memory == MAP_FAILED ? -errno : 0;
}
BPF_ATTACK(inner_map_replaced)
{
    TAKE(map, MAP, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    int own = make_map(BPF_MAP_TYPE_ARRAY, 4, -1);
    return update(map, &own);
}
BPF_ATTACK(tail_call_replaced)
{
    int own = make_program(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, -1, 1);
    TAKE(map, MAP, BPF_MAP_TYPE_PROG_ARRAY);
    return update(map, &own);
}
BPF_ATTACK(map_frozen)
{
    TAKE(map, MAP, BPF_MAP_TYPE_HASH);
    BPF_ATTRIBUTES(attributes);
    attributes.map_fd = (unsigned)map;
    return bpf_call(BPF_MAP_FREEZE, &attributes);
}

static int pin(int fd, const char *name)
{
    BPF_ATTRIBUTES(attributes);
    attributes.pathname = (uintptr_t)name;
    attributes.bpf_fd = (unsigned)fd;
    int result = bpf_call(BPF_OBJ_PIN, &attributes);
    unlink(name);
    return result;
}
BPF_ATTACK(map_pinned)
{
    TAKE(map, MAP, ANY_TYPE);
    return pin(map, "/sys/fs/bpf/attack");
}
BPF_ATTACK(program_pinned)
{
    TAKE(program, PROGRAM, ANY_TYPE);
    return pin(program, "/sys/fs/bpf/attack");
}
BPF_ATTACK(link_pinned)
{
    TAKE(link, LINK, ANY_TYPE);
    return pin(link, "/sys/fs/bpf/attack");
}

BPF_ATTACK(map_bound)
{
    TAKE(program, PROGRAM, ANY_TYPE);
    BPF_ATTRIBUTES(attributes);
    attributes.prog_bind_map.prog_fd = (unsigned)program;
    attributes.prog_bind_map.map_fd = (unsigned)make_map(BPF_MAP_TYPE_ARRAY, 4, -1);
    return bpf_call(BPF_PROG_BIND_MAP, &attributes);
}
BPF_ATTACK(program_replaced)
{
    TAKE(program, PROGRAM, ANY_TYPE);
    int own = make_program(BPF_PROG_TYPE_EXT, 0, program, 0);
    return own < 0 ? own : 0;
}
BPF_ATTACK(program_traced)
{
    TAKE(program, PROGRAM, ANY_TYPE);
    int own = make_program(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, program, 0);
    return own < 0 ? own : 0;
}
/* Without a target a program of that type isn't loaded at all. */
BPF_ATTACK(program_replaced_blindly)
{
    struct found found;
    if (!find(t, PROGRAM, ANY_TYPE, &found))
        return -ENOSYS;
    int own = make_program(BPF_PROG_TYPE_EXT, 0, found.descriptor, 0);
    return own < 0 ? own : 0;
}
BPF_ATTACK(program_run)
{
    char packet[64] = {0};
    TAKE(program, PROGRAM, ANY_TYPE);
    BPF_ATTRIBUTES(attributes);
    attributes.test.prog_fd = (unsigned)program;
    attributes.test.data_in = (uintptr_t)packet;
    attributes.test.data_size_in = sizeof(packet);
    return bpf_call(BPF_PROG_TEST_RUN, &attributes);
}
BPF_ATTACK(program_attached)
{
    TAKE(program, PROGRAM, ANY_TYPE);
    BPF_ATTRIBUTES(attributes);
    attributes.link_create.prog_fd = (unsigned)program;
    attributes.link_create.target_fd = (unsigned)open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    attributes.link_create.attach_type = BPF_CGROUP_INET_EGRESS;
    int link = bpf_call(BPF_LINK_CREATE, &attributes);
    return link < 0 ? link : 0;
}

static int update_link(int link)
{
    BPF_ATTRIBUTES(attributes);
    attributes.link_update.link_fd = (unsigned)link;
    attributes.link_update.new_prog_fd =
        (unsigned)make_program(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, -1, 1);
    return bpf_call(BPF_LINK_UPDATE, &attributes);
}
static int detach_link(int link)
{
    BPF_ATTRIBUTES(attributes);
    attributes.link_detach.link_fd = (unsigned)link;
    return bpf_call(BPF_LINK_DETACH, &attributes);
}
BPF_ATTACK(link_updated)
{
    TAKE(link, LINK, ANY_TYPE);
    return update_link(link);
}
BPF_ATTACK(link_detached)
{
    TAKE(link, LINK, ANY_TYPE);
    return detach_link(link);
}

/* The number of a function of the kernel's in its types. */
static unsigned kernel_function(const char *name)
{
    static char blob[32 << 20];
    int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
    long length = 0;
    for (long part; fd >= 0 && (part = read(fd, blob + length, sizeof(blob) - (size_t)length)) > 0;)
        length += part;
    close(fd);
    const struct btf_header *header = (const void *)blob;
    const char *types = blob + header->hdr_len + header->type_off, *names = blob + header->hdr_len + header->str_off;
    const char *end = types + header->type_len;
    for (unsigned id = 1; length > 0 && types < end; id++) {
        const struct btf_type *type = (const void *)types;
        unsigned kind = BTF_INFO_KIND(type->info), count = BTF_INFO_VLEN(type->info);
        if (kind == BTF_KIND_FUNC && !strcmp(names + type->name_off, name))
            return id;
        types += sizeof(*type);
        switch (kind) {
        case BTF_KIND_INT:
        case BTF_KIND_VAR:
        case BTF_KIND_DECL_TAG:
            types += 4;
            break;
        case BTF_KIND_ARRAY:
        case BTF_KIND_STRUCT:
        case BTF_KIND_UNION:
        case BTF_KIND_DATASEC:
        case BTF_KIND_ENUM64:
            types += 12 * (kind == BTF_KIND_ARRAY ? 1 : count);
            break;
        case BTF_KIND_ENUM:
        case BTF_KIND_FUNC_PROTO:
            types += 8 * count;
            break;
        }
    }
    return 0;
}

/* A program that is run for each element of a map, and may change it. */
BPF_ATTACK(map_iterated)
{
    struct bpf_insn code[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    BPF_ATTRIBUTES(loading);
    loading.prog_type = BPF_PROG_TYPE_TRACING;
    loading.expected_attach_type = BPF_TRACE_ITER;
    loading.attach_btf_id = kernel_function("bpf_iter_bpf_map_elem");
    loading.insns = (uintptr_t)code;
    loading.insn_cnt = 2;
    loading.license = (uintptr_t) "GPL";
    int program = bpf_call(BPF_PROG_LOAD, &loading);
    if (program < 0)
        return program;
    TAKE(map, MAP, BPF_MAP_TYPE_ARRAY);
    union bpf_iter_link_info over = {.map.map_fd = (unsigned)map};
    BPF_ATTRIBUTES(attributes);
    attributes.link_create.prog_fd = (unsigned)program;
    attributes.link_create.attach_type = BPF_TRACE_ITER;
    attributes.link_create.iter_info = (uintptr_t)&over;
    attributes.link_create.iter_info_len = sizeof(over);
    int link = bpf_call(BPF_LINK_CREATE, &attributes);
    return link < 0 ? link : 0;
}

/* Reading, each of them. */
BPF_ATTACK(types_by_number)
{
    BPF_ATTRIBUTES(attributes);
    if (bpf_call(BPF_BTF_GET_NEXT_ID, &attributes))
        return -ENOSYS;
    unsigned id = attributes.next_id;
    memset(&attributes, 0, sizeof(attributes));
    attributes.btf_id = id;
    int fd = bpf_call(BPF_BTF_GET_FD_BY_ID, &attributes);
    return fd < 0 ? fd : 0;
}
BPF_ATTACK(descriptor_queried)
{
    struct found found;
    if (!find(t, LINK, ANY_TYPE, &found))
        return -ENOSYS;
    BPF_ATTRIBUTES(attributes);
    attributes.task_fd_query.pid = (unsigned)t->pid;
    attributes.task_fd_query.fd = (unsigned)found.descriptor;
    return bpf_call(BPF_TASK_FD_QUERY, &attributes);
}
BPF_ATTACK(statistics_on)
{
    BPF_ATTRIBUTES(attributes);
    attributes.enable_stats.type = BPF_STATS_RUN_TIME;
    int fd = bpf_call(BPF_ENABLE_STATS, &attributes);
    return fd < 0 ? fd : 0;
}
BPF_ATTACK(programs_queried)
{
    unsigned ids[64];
    BPF_ATTRIBUTES(attributes);
    attributes.query.target_fd = (unsigned)open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    attributes.query.attach_type = BPF_CGROUP_INET_EGRESS;
    attributes.query.prog_ids = (uintptr_t)ids;
    attributes.query.prog_cnt = 64;
    return bpf_call(BPF_PROG_QUERY, &attributes);
}

/* A pin of a link has no hook that refuses it to be opened; what could be done by it isn't there for links of hooks. */
static int pinned_link(void)
{
    BPF_ATTRIBUTES(attributes);
    attributes.pathname = (uintptr_t) "/sys/fs/bpf/sallyport/protection/protect_signal";
    int fd = bpf_call(BPF_OBJ_GET, &attributes);
    return fd == -ENOENT ? -ENOSYS : fd;
}
BPF_ATTACK(pinned_link_detached)
{
    int link = pinned_link();
    return link < 0 ? link : detach_link(link);
}
BPF_ATTACK(pinned_link_updated)
{
    int link = pinned_link();
    return link < 0 ? link : update_link(link);
}
BPF_ATTACK(pinned_link_kept)
{
    int link = pinned_link();
    return link < 0 ? link : pin(link, "/sys/fs/bpf/attack");
}

#define ON_OBJECTS(name, function) \
    {                              \
        name, "bpf", function      \
    }
const struct attack bpf_attacks[] = {
    ON_OBJECTS("pidfd_getfd of a map", map_by_pidfd),
    ON_OBJECTS("pidfd_getfd of a program", program_by_pidfd),
    ON_OBJECTS("pidfd_getfd of a link", link_by_pidfd),
    ON_OBJECTS("/proc/PID/fd/N of a map", map_by_proc),
    ON_OBJECTS("update of a map", map_updated),
    ON_OBJECTS("deletion from a map", map_emptied),
    ON_OBJECTS("mmap of a map", map_mapped),
    ON_OBJECTS("another map into an array of maps", inner_map_replaced),
    ON_OBJECTS("another program into an array of programs", tail_call_replaced),
    ON_OBJECTS("BPF_MAP_FREEZE", map_frozen),
    ON_OBJECTS("BPF_OBJ_PIN of a map", map_pinned),
    ON_OBJECTS("BPF_OBJ_PIN of a program", program_pinned),
    ON_OBJECTS("BPF_OBJ_PIN of a link", link_pinned),
    ON_OBJECTS("BPF_PROG_BIND_MAP", map_bound),
    ON_OBJECTS("freplace of a program", program_replaced),
    ON_OBJECTS("freplace by the owner's number of the descriptor", program_replaced_blindly),
    ON_OBJECTS("fentry on a program", program_traced),
    ON_OBJECTS("BPF_PROG_TEST_RUN", program_run),
    ON_OBJECTS("BPF_LINK_CREATE of a program", program_attached),
    ON_OBJECTS("BPF_LINK_UPDATE", link_updated),
    ON_OBJECTS("BPF_LINK_DETACH", link_detached),
    ON_OBJECTS("an iterator over a map's elements", map_iterated),
    ON_OBJECTS("BPF_BTF_GET_FD_BY_ID", types_by_number),
    ON_OBJECTS("BPF_TASK_FD_QUERY", descriptor_queried),
    ON_OBJECTS("BPF_ENABLE_STATS", statistics_on),
    ON_OBJECTS("BPF_PROG_QUERY", programs_queried),
    ON_OBJECTS("BPF_LINK_DETACH by a pin", pinned_link_detached),
    ON_OBJECTS("BPF_LINK_UPDATE by a pin", pinned_link_updated),
    ON_OBJECTS("BPF_OBJ_PIN by a pin", pinned_link_kept),
    {0, 0, 0},
};
