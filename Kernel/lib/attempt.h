/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An operation on its way from the hook that sees it to verdict and report. */
#ifndef SALLYPORT_ATTEMPT_H
#define SALLYPORT_ATTEMPT_H

/* What a walk found out about a path. */
struct resolved {
    __u32 start;        /* first byte in scratch.path; the path ends before byte 4095 */
    __u32 flags;        /* enum sp_file_flags that the walk sees */
    __u32 unresolvable; /* enum sp_unresolvable */
    __u32 pad;
};

/* An operation about to be decided, and what became of it. Zero is "hasn't got it" throughout. */
struct attempt {
    __u32 operation;
    __u32 access;
    __u32 signal;
    __u32 mapping;
    __u32 area;
    __u32 way;
    __u64 file; /* a struct file, and its inode */
    __u64 inode;
    __u64 mnt; /* or a name without a file: its mount, 0 if the hook doesn't tell it, and its dentry */
    __u64 dentry;
    __u64 task;        /* or another task */
    __u64 subject;     /* who attempts it, where that isn't the current task: its storage is in scratch.spare */
    __u64 credentials; /* of process.credentials: the new ones */
    __u64 name;        /* text for the report */
    __u32 flags;       /* enum sp_file_flags that only the hook knows */
    __u32 has_verity;  /* s->verity is the file's */
    __u32 has_path;    /* the operation's object is a file, though maybe none was given: unresolvable */
    __u32 listener;    /* report it when allowed */
    __u32 blind;       /* what the rules ask of the processes can't be told at this moment */
    /* What became of it. */
    __u32 verdict;
    __u32 rule;
    __u32 resolved; /* `path` is of s->path */
    __u64 generation;
    struct resolved path;
};

#endif
