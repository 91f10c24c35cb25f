/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files that pass the gate unasked, because a verdict on their content is kept. fanotify's ignore mark, by which they do,
 * goes at a write(2) and at a truncation, and not at a change through a mapping. But who maps a file to write has opened
 * it for writing: so these count such openings of the files that the daemon watches, and tell it of one whose pass ends.
 * (Pinned pages outlive both: only files that root alone can write to pass.)
 * Until the daemon has taken the marks away, what such a file would pass for is refused:
 *
 *   lsm/file_open      the count; an execution
 *   lsm.s/mmap_file    an image that is mapped
 *   lsm/file_mprotect  a mapping that becomes one
 *
 * with ETXTBSY, which is what an execution gets a moment earlier, while the file is still open for writing. Attached only
 * while somebody is asked. Not covered: a file that was open for writing before it was watched (the daemon makes sure
 * that none is), and a content that the file system changes by itself.
 *
 * The second one is declared sleepable for the sake of its end: see digest.bpf.c.
 */

/* No room: it has some to read, and takes all marks away. */
static __always_inline void tell_of_end(__u64 epoch)
{
    bpf_ringbuf_output(&gate_ended, &epoch, sizeof(epoch), BPF_RB_FORCE_WAKEUP);
}

/* Whether a file passes the gate for a content that it may not have any more. */
static __always_inline bool is_outdated(struct inode *inode)
{
    struct sp_pass *pass = bpf_inode_storage_get(&gate_passes, inode, 0, 0);
    if (!pass || !pass->epoch || pass->epoch != runtime.pass_epoch)
        return false; /* it is asked about */
    __u64 *writes = bpf_inode_storage_get(&gate_writes, inode, 0, 0);
    if (writes && *writes == pass->writes)
        return false; /* it is the content that was judged */
    tell_of_end(pass->epoch);
    return true;
}

SEC("lsm/file_open")
int BPF_PROG(gate_open, struct file *file, int ret)
{
    if (ret)
        return ret; /* another module has refused: it isn't opened */
    if (!(file->f_mode & FMODE_WRITE))
        return file->f_flags & O_EXEC_INTERNAL && is_outdated(file->f_inode) ? -ETXTBSY : 0;
    __u64 *writes = bpf_inode_storage_get(&gate_writes, file->f_inode, 0, 0);
    if (!writes)
        return 0; /* nothing is kept of it */
    __sync_fetch_and_add(writes, 1);
    is_outdated(file->f_inode);
    return 0; /* whoever may write to it, may */
}

SEC("lsm.s/mmap_file")
int BPF_PROG(gate_map, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC))
        return 0; /* data */
    /* As a number, too: see image_load. */
    __u64 address = address_of(file);
    if (!address || !file)
        return 0; /* no image */
    return is_outdated(file->f_inode) ? -ETXTBSY : 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(gate_protect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
    if (ret)
        return ret; /* another module has refused: nothing to add */
    if (!(prot & PROT_EXEC) || vma->vm_flags & VM_EXEC)
        return 0; /* data, or an image before */
    struct file *file = vma->vm_file;
    if (!file)
        return 0; /* no image */
    return is_outdated(file->f_inode) ? -ETXTBSY : 0;
}
