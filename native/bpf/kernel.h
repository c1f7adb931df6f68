/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The few kernel types that the programs look into, with the few fields they read. The loader finds each field's true place in
 * the running kernel's BTF (CO-RE), so the order and the gaps here mean nothing. x86-64 only: see struct pt_regs.
 */
#ifndef PICKET_KERNEL_H
#define PICKET_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "control.h"

#define KERNEL_TYPE __attribute__((preserve_access_index))

typedef int pid_t;

struct pt_regs {
	unsigned long bp, bx, r9, r8, r10, cx, dx, si, di, orig_ax;
} KERNEL_TYPE;

struct qstr {
	union {
		struct {
			u32 hash, len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
} KERNEL_TYPE;

struct hlist_bl_node {
	void *pprev;
} KERNEL_TYPE;

struct hlist_head {
	void *first;
} KERNEL_TYPE;

struct hlist_node {
	void *next;
} KERNEL_TYPE;

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
} KERNEL_TYPE;

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
} KERNEL_TYPE;

/* Of an inode's mode: what kind of file it is. */
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFDIR 0040000

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned long i_ino;
	struct super_block *i_sb;
	long long i_size;
	void *i_private;
	long long i_ctime_sec; /* 6.11 */
	u32 i_ctime_nsec;
} KERNEL_TYPE;

struct inode___before_6_11 {
	struct timespec64 __i_ctime; /* 6.6 */
} KERNEL_TYPE;

struct inode___before_6_6 {
	struct timespec64 i_ctime;
} KERNEL_TYPE;

struct dentry_operations {
	void *d_dname;
} KERNEL_TYPE;

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct {
		u8 string[32]; /* or more */
	} d_shortname; /* 6.14 */
	const struct dentry_operations *d_op;
} KERNEL_TYPE;

struct dentry___before_6_14 {
	u8 d_iname[32];
} KERNEL_TYPE;

struct vfsmount {
	struct dentry *mnt_root;
} KERNEL_TYPE;

struct ns_common {
	u32 inum;
} KERNEL_TYPE;

struct mnt_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
	int mnt_id;
} KERNEL_TYPE;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} KERNEL_TYPE;

struct file {
	u32 f_mode;
	void *private_data;
	struct inode *f_inode;
	u32 f_flags;
	struct path f_path;
} KERNEL_TYPE;

struct fdtable {
	u32 max_fds;
	struct file **fd;
} KERNEL_TYPE;

struct files_struct {
	struct fdtable *fdt;
} KERNEL_TYPE;

struct fs_struct {
	struct path root, pwd;
} KERNEL_TYPE;

struct user_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct cred {
	kuid_t uid, euid;
	kgid_t gid, egid;
	struct {
		u64 val;
	} cap_effective; /* an array of two u32 before 6.3 */
	struct user_namespace *user_ns;
} KERNEL_TYPE;

struct pid_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct net {
	struct ns_common ns;
} KERNEL_TYPE;

struct ipc_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct uts_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct ipc_namespace *ipc_ns;
	struct uts_namespace *uts_ns;
} KERNEL_TYPE;

struct upid {
	int nr;
	struct pid_namespace *ns;
} KERNEL_TYPE;

struct pid {
	void *stashed; /* 6.9: descriptors of processes are files of their own file system */
	u32 level;
	struct hlist_head tasks[1]; /* the task itself, processes and sessions that have this number */
	struct upid numbers[1];
} KERNEL_TYPE;

struct kernfs_node {
	struct kernfs_node *__parent; /* 6.15 */
	const char *name;
} KERNEL_TYPE;

struct kernfs_node___before_6_15 {
	struct kernfs_node *parent;
} KERNEL_TYPE;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL_TYPE;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL_TYPE;

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
} KERNEL_TYPE;

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	u32 flags;
} KERNEL_TYPE;

struct thread_info {
	u32 status;
} KERNEL_TYPE;

struct list_head {
	struct list_head *next;
} KERNEL_TYPE;

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	int exit_code;
	pid_t pid, tgid;
	struct task_struct *real_parent, *group_leader;
	u64 start_boottime;
	struct list_head ptraced, ptrace_entry;
	struct cred *cred;
	kuid_t loginuid;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct pid *thread_pid;
	struct hlist_node pid_links[1]; /* as `tasks` of a pid */
	struct css_set *cgroups;
	struct mm_struct *mm;
	u8 comm[16];
} KERNEL_TYPE;

struct linux_binprm {
	struct file *file;
	const char *filename, *interp;
} KERNEL_TYPE;

struct in6_addr {
	u8 octets[16];
} KERNEL_TYPE;

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num, skc_family;
	unsigned char skc_state;
	unsigned long skc_flags;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} KERNEL_TYPE;

struct sock {
	struct sock_common __sk_common;
	u16 sk_type, sk_protocol;
	int sk_err;
	u8 sk_shutdown;
} KERNEL_TYPE;

struct mptcp_sock {
	struct sock *first;
} KERNEL_TYPE;

struct tcp_sock {
	u64 bytes_sent, bytes_retrans, bytes_received;
} KERNEL_TYPE;

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
} KERNEL_TYPE;

struct unix_address {
	int len;
	struct sockaddr_un name[0];
} KERNEL_TYPE;

struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
} KERNEL_TYPE;

struct socket {
	struct sock *sk;
} KERNEL_TYPE;

struct bpf_map {
	u32 id;
	char name[16];
} KERNEL_TYPE;

extern const volatile struct picket_settings settings;

#endif
