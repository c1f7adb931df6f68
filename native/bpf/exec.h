/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What an exec made of a process: program, arguments, place, identity. */
#ifndef PICKET_EXEC_H
#define PICKET_EXEC_H

#include "emit.h"
#include "descriptor.h"
#include "environment.h"
#include "identity.h"
#include "path.h"

#define S_ISUID 04000
#define S_ISGID 02000
#define NO_LOGIN 4294967295u
#define CGROUP_DEPTH 16
#define MOST_ARGUMENTS 32768
#define ARGUMENTS_PIECE ((MOST_ARGUMENTS - PIECE) / 2)
#define OVERLAY_MAGIC 0x794c7630ul /* include/uapi/linux/magic.h */
#define CTIME_QUERIED 0x80000000u  /* in i_ctime_nsec since 6.13: a mark, not a time */

static __always_inline u32 identity_flags(struct task_struct *task, struct cred *cred, struct file *file)
{
	struct inode *inode = LOAD(file, f_inode);
	u32 mode = LOAD(inode, i_mode), uid = LOAD(cred, euid.val), gid = LOAD(cred, egid.val), flags = 0;
	if ((mode & S_ISUID && uid == LOAD(inode, i_uid.val) && uid != LOAD(cred, uid.val)) ||
	    (mode & S_ISGID && gid == LOAD(inode, i_gid.val) && gid != LOAD(cred, gid.val)))
		flags |= PICKET_EXEC_SETID;
	if (is_network_socket(file_of(task, 0)))
		flags |= PICKET_EXEC_STDIN_SOCKET;
	if (is_network_socket(file_of(task, 1)))
		flags |= PICKET_EXEC_STDOUT_SOCKET;
	return flags;
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(struct kernfs_node, __parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ((struct kernfs_node___before_6_15 *)node, parent);
}

/* Path of the task's cgroup in the unified hierarchy, '/' for its root. */
static __noinline int walk_cgroup(struct scratch *s, struct task_struct *task)
{
	if (!s || !task)
		return 0;
	struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	s->path_start = PATH_END;
	for (int i = 0; i < CGROUP_DEPTH && node; i++) {
		struct kernfs_node *parent = kernfs_parent(node);
		if (!parent)
			break;
		char name[256];
		long length = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(node, name));
		if (length <= 1 || !prepend(s, name, length - 1, true))
			break;
		node = parent;
	}
	end_path(s, 0);
	return 0;
}

/* Sends the arguments beyond what the exec's own record has, in two pieces. */
static __noinline int send_arguments(struct scratch *s, struct task_struct *task, struct mm_struct *mm)
{
	if (!s || !task || !mm)
		return 0;
	struct picket_arguments *r = (void *)s->record;
	u64 start = LOAD(mm, arg_start), length = LOAD(mm, arg_end) - start;
	for (u32 at = PIECE; at < MOST_ARGUMENTS && at < length; at += ARGUMENTS_PIECE) {
		u64 bytes = length - at;
		if (bytes > ARGUMENTS_PIECE)
			bytes = ARGUMENTS_PIECE;
		BOUND(bytes);
		if (bytes > ARGUMENTS_PIECE)
			return 0;
		begin(&r->h, PICKET_TYPE_ARGUMENTS, sizeof(*r), task);
		r->at = at;
		r->text = (tail){.offset = sizeof(*r), .length = bytes};
		if (bpf_probe_read_user(&s->record[sizeof(*r)], bytes, (void *)(start + at)) != 0) {
			count(COUNT_ARGS_UNREADABLE, 1);
			return 0;
		}
		s->used = sizeof(*r) + bytes;
		finish(s, CLASS_ARGUMENTS);
	}
	return 0;
}

static __always_inline tail append_args(struct scratch *s, struct mm_struct *mm, u32 *bytes)
{
	u64 start = LOAD(mm, arg_start), length = LOAD(mm, arg_end) - start;
	u64 at = s->used;
	tail none = {};
	*bytes = length;
	if (length == 0)
		return none;
	if (length > MOST_ARGUMENTS)
		count(COUNT_ARGS_CUT, 1);
	if (length > PIECE)
		length = PIECE;
	BOUND(at);
	BOUND(length);
	if (at >= RECORD_SPAN || length > PIECE)
		return none;
	if (bpf_probe_read_user(&s->record[at], length, (void *)start) != 0) {
		count(COUNT_ARGS_UNREADABLE, 1);
		return none;
	}
	s->used = at + length;
	return (tail){.offset = at, .length = length};
}

/*
 * A file of an overlay that was written in its upper layer. The overlay's own inode (fs/overlayfs/ovl_entry.h) ends with the VFS
 * inode and, since Linux 4.8, goes on with the upper dentry; overlay is a module, so its type is not in the kernel's BTF.
 */
static __always_inline bool is_upper(struct inode *inode)
{
	void *upper = 0;
	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAY_MAGIC)
		return false;
	return bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode)) == 0 && upper;
}

static __always_inline void identify(struct picket_exec *r, struct inode *inode)
{
	r->exe_inode = BPF_CORE_READ(inode, i_ino);
	r->exe_bytes = BPF_CORE_READ(inode, i_size);
	r->exe_device = BPF_CORE_READ(inode, i_sb, s_dev);
	if (bpf_core_field_exists(struct inode, i_ctime_sec)) {
		r->exe_changed = BPF_CORE_READ(inode, i_ctime_sec);
		r->exe_changed_nanos = BPF_CORE_READ(inode, i_ctime_nsec) & ~CTIME_QUERIED;
	} else if (bpf_core_field_exists(struct inode___before_6_11, __i_ctime)) {
		r->exe_changed = BPF_CORE_READ((struct inode___before_6_11 *)inode, __i_ctime.tv_sec);
		r->exe_changed_nanos = BPF_CORE_READ((struct inode___before_6_11 *)inode, __i_ctime.tv_nsec);
	} else {
		r->exe_changed = BPF_CORE_READ((struct inode___before_6_6 *)inode, i_ctime.tv_sec);
		r->exe_changed_nanos = BPF_CORE_READ((struct inode___before_6_6 *)inode, i_ctime.tv_nsec);
	}
}

static __always_inline void send_exec(struct scratch *s, struct task_struct *task, struct linux_binprm *program)
{
	struct picket_exec *r = (void *)s->record;
	struct task_struct *parent = LOAD(task, real_parent);
	struct task_struct *parent_leader = LOAD(parent, group_leader);
	struct cred *cred = LOAD(task, cred);
	struct file *file = LOAD(program, file);
	struct inode *inode = LOAD(file, f_inode);
	struct fs_struct *fs = LOAD(task, fs);
	const char *asked = LOAD(program, filename);
	u32 args_bytes = 0;

	send_arguments(s, task, LOAD(task, mm));
	begin(&r->h, PICKET_TYPE_EXEC, sizeof(*r), task);
	s->used = sizeof(*r);
	r->parent_start = LOAD(parent_leader, start_boottime);
	r->parent_pid = LOAD(parent, tgid);
	r->cgroup_id = bpf_get_current_cgroup_id();
	r->uid = LOAD(cred, uid.val);
	r->euid = LOAD(cred, euid.val);
	r->gid = LOAD(cred, gid.val);
	r->capabilities = effective_capabilities(cred);
	r->loginuid = bpf_core_field_exists(struct task_struct, loginuid) ? LOAD(task, loginuid.val) : NO_LOGIN;
	struct namespaces in = namespaces_of(task, cred);
	FILL_NAMESPACES(r, in);
	identify(r, inode);
	r->exec_flags = identity_flags(task, cred, file) | apart(&in);
	if (is_upper(inode))
		r->exec_flags |= PICKET_EXEC_UPPER;
	if (LOAD(program, interp) != asked)
		r->exec_flags |= PICKET_EXEC_SCRIPT;

	walk(s, LOAD(file, f_path.dentry), LOAD(file, f_path.mnt));
	r->path_flags = s->path_flags;
	r->exe = append_path(s);
	r->args = append_args(s, LOAD(task, mm), &args_bytes);
	r->args_bytes = args_bytes;
	walk(s, LOAD(fs, pwd.dentry), LOAD(fs, pwd.mnt));
	r->cwd = append_path(s);
	r->asked = append_string(s, asked);
	walk_cgroup(s, task);
	r->cgroup = append_path(s);
	u32 at = s->used;
	if (!append_loader(s, LOAD(task, mm)))
		r->exec_flags |= PICKET_EXEC_ENVIRONMENT_CUT;
	r->loader = (tail){.offset = at, .length = s->used - at};
	finish(s, CLASS_EXEC);
}

#endif
