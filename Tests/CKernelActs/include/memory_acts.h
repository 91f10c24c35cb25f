/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that becomes executable. Each act is performed in a child of its own (acts_actor): 0 or -errno. */
#pragma once
#include <stdint.h>

/* ---- memory.map_executable ---- */

enum acts_mapping {
    ACTS_MAP_ANONYMOUS,
    ACTS_MAP_ANONYMOUS_WRITABLE,
    ACTS_MAP_IMPLIED, /* PROT_READ, with the personality READ_IMPLIES_EXEC */
    ACTS_MAP_MEMFD,
    ACTS_MAP_MEMFD_SHARED,
    ACTS_MAP_SHARED,
    ACTS_MAP_SYSTEM_V,
    ACTS_MAP_FILE_WRITABLE, /* the file, private, writable and executable */
    ACTS_MAP_FILE_DELETED,  /* the file is opened, unlinked and mapped, then made anew */
    ACTS_MAP_32_BIT,        /* anonymous, by mmap2 of the 32-bit system calls */
};
int acts_map(enum acts_mapping way, const char *path);

/* ---- memory.make_executable ---- */

enum acts_protection {
    ACTS_PROTECT_ANONYMOUS,          /* written to, then executable instead */
    ACTS_PROTECT_ANONYMOUS_WRITABLE, /* executable besides */
    ACTS_PROTECT_UNTOUCHED,          /* never writable before */
    ACTS_PROTECT_IMPLIED,            /* PROT_READ, with the personality READ_IMPLIES_EXEC */
    ACTS_PROTECT_KEY,                /* pkey_mprotect */
    ACTS_PROTECT_STACK,
    ACTS_PROTECT_HEAP,
    ACTS_PROTECT_FILE_MODIFIED,
    ACTS_PROTECT_FILE_DELETED,
    ACTS_PROTECT_MEMFD,
    ACTS_PROTECT_SHARED,
    ACTS_PROTECT_SYSTEM_V,
    ACTS_PROTECT_32_BIT, /* anonymous, by mprotect of the 32-bit system calls */
};
int acts_protect(enum acts_protection way, const char *path);
