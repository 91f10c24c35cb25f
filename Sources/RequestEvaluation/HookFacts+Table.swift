// SPDX-License-Identifier: Apache-2.0

extension HookFacts {
    /// Measured: a BPF program for each LSM hook was loaded and attached on Debian's kernels 6.1.192, 6.12.95 and
    /// 7.2.13.
    ///
    /// A line is a code and the hooks that it holds for. The code has a letter a kernel, in the order of
    /// ``HookFacts/kernels``: `s` a program loads and may sleep, `n` it loads and must not sleep, `-` it doesn't load.
    /// `~` at the end: the hook returns nothing, so that a program sees and can't refuse.
    static let table = """
        nnn audit_rule_init audit_rule_known binder_set_context_mgr binder_transaction binder_transfer_binder
        nnn binder_transfer_file capable cred_alloc_blank dentry_create_files_as dentry_init_security file_fcntl
        nnn file_ioctl_compat file_mprotect file_permission file_send_sigiotask fs_context_dup
        nnn fs_context_parse_param fs_context_submount inet_conn_request inode_alloc_security inode_copy_up
        nnn inode_follow_link inode_getsecctx inode_init_security inode_init_security_anon inode_killpriv inode_link
        nnn inode_listxattr inode_mkdir inode_notifysecctx inode_permission inode_setsecctx inode_setsecurity
        nnn ipc_permission kernel_act_as kernel_create_files_as kernel_load_data kernel_post_load_data
        nnn kernel_post_read_file key_alloc key_permission locked_down mmap_addr move_mount msg_msg_alloc_security
        nnn msg_queue_alloc_security msg_queue_associate msg_queue_msgctl msg_queue_msgrcv msg_queue_msgsnd
        nnn path_chroot path_mknod perf_event_alloc perf_event_open perf_event_read perf_event_write
        nnn ptrace_access_check ptrace_traceme quota_on quotactl sb_clone_mnt_opts sb_mnt_opts_compat sb_pivotroot
        nnn sctp_assoc_established sctp_assoc_request sctp_bind_connect secctx_to_secid secid_to_secctx
        nnn secmark_relabel_packet sem_alloc_security sem_associate sem_semctl sem_semop shm_alloc_security
        nnn shm_associate shm_shmat shm_shmctl sk_alloc_security socket_getpeersec_stream socket_setsockopt
        nnn socket_sock_rcv_skb task_fix_setgid task_fix_setgroups task_fix_setuid task_getioprio task_getpgid
        nnn task_getscheduler task_getsid task_kill task_movememory task_prlimit task_setioprio task_setnice
        nnn task_setpgid task_setrlimit tun_dev_alloc_security tun_dev_attach tun_dev_attach_queue tun_dev_create
        nnn tun_dev_open unix_may_send unix_stream_connect uring_cmd uring_override_creds uring_sqpoll
        nnn xfrm_policy_alloc_security xfrm_policy_clone_security xfrm_policy_delete_security xfrm_policy_lookup
        nnn xfrm_state_alloc xfrm_state_alloc_acquire xfrm_state_delete_security xfrm_state_pol_flow_match
        sss bpf bpf_map bpf_prog bprm_check_security bprm_creds_for_exec bprm_creds_from_file capget capset
        sss cred_prepare file_ioctl file_lock file_open file_receive inode_create inode_getattr inode_getxattr
        sss inode_mknod inode_readlink inode_rename inode_rmdir inode_setattr inode_setxattr inode_symlink
        sss inode_unlink kernel_module_request kernel_read_file kernfs_init_security mmap_file netlink_send
        sss path_notify sb_alloc_security sb_eat_lsm_opts sb_kern_mount sb_mount sb_remount sb_set_mnt_opts
        sss sb_show_options sb_statfs sb_umount settime socket_accept socket_bind socket_connect socket_create
        sss socket_getpeername socket_getpeersec_dgram socket_getsockname socket_getsockopt socket_listen
        sss socket_post_create socket_recvmsg socket_sendmsg socket_shutdown socket_socketpair syslog task_alloc
        sss task_prctl task_setscheduler userns_create
        nnn~ audit_rule_free cred_free cred_getsecid cred_transfer d_instantiate file_free_security file_set_fowner
        nnn~ inet_csk_clone inode_invalidate_secctx msg_msg_free_security msg_queue_free_security req_classify_flow
        nnn~ sb_delete sb_free_mnt_opts sb_free_security sctp_sk_clone secmark_refcount_dec secmark_refcount_inc
        nnn~ sem_free_security shm_free_security sk_clone_security sk_free_security sk_getsecid sock_graft task_free
        nnn~ task_to_inode xfrm_policy_free_security xfrm_state_free_security
        -nn~ backing_file_free bdev_free_security file_release initramfs_populated inode_free_security_rcu
        -nn~ inode_post_create_tmpfile inode_post_remove_acl inode_post_set_acl inode_post_setattr
        -nn~ key_post_create_or_update path_post_mknod
        -nn backing_file_alloc file_truncate inode_get_acl inode_remove_acl inode_set_acl inode_setintegrity
        -nn inode_xattr_skipcap mmap_backing_file mptcp_add_subflow setselfattr
        nss path_chmod path_chown path_link path_mkdir path_rename path_rmdir path_symlink path_truncate path_unlink
        -ss bpf_map_create bpf_prog_load bpf_token_capable bpf_token_cmd bpf_token_create file_post_open
        --n inode_file_getattr inode_file_setattr lsmprop_to_secctx unix_find uring_allowed
        --n~ cred_getlsmprop current_getlsmprop_subj inode_getlsmprop ipc_getlsmprop task_getlsmprop_obj
        sss~ bprm_committed_creds bprm_committing_creds inode_free_security inode_post_setxattr release_secctx
        n--~ bpf_prog_free_security perf_event_free tun_dev_free_security
        -ns bdev_alloc_security bdev_setintegrity
        -ss~ bpf_map_free bpf_token_free
        nn-~ inode_getsecid ipc_getsecid
        s--~ bpf_map_free_security key_free
        ss-~ current_getsecid_subj task_getsecid_obj
        -n- xfrm_decode_session
        -ns~ inode_post_removexattr
        -sn~ bpf_prog_free
        n-- bpf_prog_alloc_security
        nn- file_alloc_security
        nns inode_removexattr
        s-- bpf_map_alloc_security
        snn~ inet_conn_established
        """
}
