/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* From a descriptor number to what it stands for. */
#ifndef PICKET_DESCRIPTOR_H
#define PICKET_DESCRIPTOR_H

#include "access.h"

#define AF_INET 2
#define AF_INET6 10

/* The open file behind a descriptor of the task, or 0. The table's slots read as untrusted: hence the cast by way of a list head. */
static __always_inline struct file *file_of(struct task_struct *task, u32 descriptor)
{
	struct files_struct *files = LOAD(task, files);
	if (!files)
		return 0;
	struct fdtable *table = LOAD(files, fdt);
	if (descriptor >= LOAD(table, max_fds))
		return 0;
	u64 at = (u64)LOAD(table, fd) + (u64)descriptor * sizeof(void *);
	struct hlist_head *slot = CAST(at, struct hlist_head);
	void *file = LOAD(slot, first);
	return file ? CAST(file, struct file) : 0;
}

static __always_inline bool is_socket(struct file *file)
{
	if (!file)
		return false;
	struct inode *inode = LOAD(file, f_inode);
	return inode && (LOAD(inode, i_mode) & S_IFMT) == S_IFSOCK;
}

static __always_inline struct sock *sock_of(struct file *file)
{
	if (!is_socket(file))
		return 0;
	struct socket *socket = CAST(LOAD(file, private_data), struct socket);
	struct sock *sock = LOAD(socket, sk);
	return sock ? CAST(sock, struct sock) : 0;
}

/* A socket of IPv4 or IPv6: Node, sshd and others give their children unix sockets where pipes would do. */
static __always_inline bool is_network_socket(struct file *file)
{
	struct sock *sock = sock_of(file);
	if (!sock)
		return false;
	u32 family = LOAD(sock, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6;
}

#endif
