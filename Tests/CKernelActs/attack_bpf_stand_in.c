/* SPDX-License-Identifier: Apache-2.0 */
/* BPF objects of nobody's: what is tried on the platform's has an effect on them. */
#include "attack_bpf.h"

int make_map(unsigned type, unsigned value_size, int inner)
{
    BPF_ATTRIBUTES(attributes);
    attributes.map_type = type;
    attributes.key_size = 4;
    attributes.value_size = value_size;
    attributes.max_entries = 1;
    attributes.map_flags = type == BPF_MAP_TYPE_ARRAY ? BPF_F_MMAPABLE : 0;
    if (inner >= 0)
        attributes.inner_map_fd = (unsigned)inner;
    return bpf_call(BPF_MAP_CREATE, &attributes);
}

/* int function(struct __sk_buff *) */
static int make_types(void)
{
    static const char names[] = "\0int\0__sk_buff\0len\0ctx\0stand_in";
    enum { NAME_INT = 1, NAME_BUFFER = 5, NAME_LEN = 15, NAME_CONTEXT = 19, NAME_FUNCTION = 23 };
#define KIND(kind, count) ((unsigned)(kind) << 24 | (count))
    struct {
        struct btf_header header;
        unsigned types[21];
        char names[sizeof(names)];
    } blob = {
        .header = {.magic = BTF_MAGIC,
                   .version = 1,
                   .hdr_len = sizeof(struct btf_header),
                   .type_len = sizeof(blob.types),
                   .str_off = sizeof(blob.types),
                   .str_len = sizeof(names)},
        /* Numbers 1 to 5. */
        .types = {NAME_INT,
                  KIND(BTF_KIND_INT, 0),
                  4,
                  BTF_INT_SIGNED << 24 | 32,
                  NAME_BUFFER,
                  KIND(BTF_KIND_STRUCT, 1),
                  4,
                  NAME_LEN,
                  1,
                  0,
                  0,
                  KIND(BTF_KIND_PTR, 0),
                  2,
                  0,
                  KIND(BTF_KIND_FUNC_PROTO, 1),
                  1,
                  NAME_CONTEXT,
                  3,
                  NAME_FUNCTION,
                  KIND(BTF_KIND_FUNC, BTF_FUNC_GLOBAL),
                  4},
    };
    memcpy(blob.names, names, sizeof(names));
    BPF_ATTRIBUTES(attributes);
    attributes.btf = (uintptr_t)&blob;
    attributes.btf_size = (unsigned)(sizeof(blob.header) + sizeof(blob.types) + sizeof(names));
    return bpf_call(BPF_BTF_LOAD, &attributes);
}

int make_program(unsigned type, unsigned attach_type, int target, int result)
{
    struct bpf_insn code[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = result},
        {.code = BPF_JMP | BPF_EXIT},
    };
    struct bpf_func_info function = {.insn_off = 0, .type_id = STAND_IN_FUNCTION};
    int types = make_types();
    if (types < 0)
        return types;
    BPF_ATTRIBUTES(attributes);
    attributes.prog_type = type;
    attributes.expected_attach_type = attach_type;
    attributes.insns = (uintptr_t)code;
    attributes.insn_cnt = 2;
    attributes.license = (uintptr_t) "GPL";
    attributes.prog_btf_fd = (unsigned)types;
    attributes.func_info_rec_size = sizeof(function);
    attributes.func_info = (uintptr_t)&function;
    attributes.func_info_cnt = 1;
    if (target >= 0) {
        attributes.attach_prog_fd = (unsigned)target;
        attributes.attach_btf_id = STAND_IN_FUNCTION;
    }
    int program = bpf_call(BPF_PROG_LOAD, &attributes);
    close(types);
    return program;
}

int acts_bpf_stand_in(int32_t descriptors[6])
{
    int map = make_map(BPF_MAP_TYPE_ARRAY, 4, -1), programs = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, -1);
    int maps = make_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, map);
    int hash = make_map(BPF_MAP_TYPE_HASH, 4, -1);
    int program = make_program(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, -1, 1);
    int group = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    BPF_ATTRIBUTES(attributes);
    attributes.link_create.prog_fd = (unsigned)program;
    attributes.link_create.target_fd = (unsigned)group;
    attributes.link_create.attach_type = BPF_CGROUP_INET_EGRESS;
    int link = bpf_call(BPF_LINK_CREATE, &attributes);
    close(group);
    int made[] = {map, hash, programs, maps, program, link};
    for (int i = 0; i < 6; i++) {
        descriptors[i] = made[i];
        if (made[i] < 0)
            return made[i];
        /* What is started next inherits it. */
        fcntl(made[i], F_SETFD, 0);
    }
    return 0;
}
