/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments of the SEC("syscall") programs that tests run by BPF_PROG_TEST_RUN. */
#ifndef SALLYPORT_ABI_TEST_H
#define SALLYPORT_ABI_TEST_H

/* Paths lie in the map test_paths: see enum sp_test_path. A length of 0xffffffff is an unresolvable path. */
enum sp_test_path {
    SP_TEST_FILE = 0,
    /* + 3 * enum sp_side */
    SP_TEST_EXE = 1,
    SP_TEST_CGROUP = 2,
    SP_TEST_ANCESTOR = 3,
};
#define SP_TEST_PATHS 7u
#define SP_TEST_GROUPS 4u
struct sp_test_process {
    sp_u32 is_script;
    sp_u32 uid;
    sp_u32 groups[SP_TEST_GROUPS];
    sp_u32 group_count;
    sp_u32 has_ancestor;
    sp_u32 unknown_ancestors;
    sp_u32 has_digest;
    sp_u64 capabilities;
    sp_u64 digest[4];
};
struct sp_decide_request {
    sp_u32 operation;
    sp_u32 access;
    sp_u32 signal; /* the number */
    sp_u32 mapping;
    sp_u32 area;
    sp_u32 object; /* 0 none, 1 a file, 2 a process */
    sp_u32 flags;
    sp_u32 has_digest;
    sp_u32 has_verity;
    sp_u32 length[SP_TEST_PATHS];
    char filesystem[16];
    sp_u64 digest[4];
    sp_u64 verity[4];
    struct sp_test_process process[SP_SIDES];
    sp_u32 verdict; /* out: enum sp_verdict */
    sp_u32 rule;    /* out */
};

_Static_assert(sizeof(struct sp_test_process) == 80, "sp_test_process");
_Static_assert(sizeof(struct sp_decide_request) == 64 + 16 + 64 + 160 + 8, "sp_decide_request");

#endif
