/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What an exec made of a process: program, arguments, place, identity. */
#ifndef PICKET_EXEC_H
#define PICKET_EXEC_H

#include "emit.h"
#include "descriptor.h"
#include "path.h"

#define S_ISUID 04000
#define S_ISGID 02000
#define NO_LOGIN 4294967295u
#define INIT_PID_NAMESPACE 0xEFFFFFFCu /* include/linux/proc_ns.h */
#define CGROUP_DEPTH 16

static __always_inline u32 identity_flags(struct task_struct *task, const struct cred *cred, struct file *file)
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

/* The pid namespace that the task lives in (not the one that its children will). */
static __always_inline u32 pid_namespace(struct task_struct *task)
{
	struct pid *pid = LOAD(task, thread_pid);
	struct pid_namespace *space = 0;
	u64 at = (u64)pid + bpf_core_field_offset(struct pid, numbers) +
		 (u64)LOAD(pid, level) * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, ns);
	if (bpf_probe_read_kernel(&space, sizeof(space), (void *)at) != 0 || !space)
		return 0;
	space = CAST(space, struct pid_namespace);
	return LOAD(space, ns.inum);
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

static __always_inline tail append_args(struct scratch *s, struct mm_struct *mm, u32 *bytes)
{
	u64 start = LOAD(mm, arg_start), length = LOAD(mm, arg_end) - start;
	u64 at = s->used;
	tail none = {};
	*bytes = length;
	if (length == 0)
		return none;
	if (length > PIECE) {
		length = PIECE;
		count(COUNT_ARGS_CUT, 1);
	}
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

static __always_inline void send_exec(struct scratch *s, struct task_struct *task, struct linux_binprm *program)
{
	struct picket_exec *r = (void *)s->record;
	struct task_struct *parent = LOAD(task, real_parent);
	struct task_struct *parent_leader = LOAD(parent, group_leader);
	const struct cred *cred = LOAD(task, cred);
	struct nsproxy *spaces = LOAD(task, nsproxy);
	struct mnt_namespace *mounts = LOAD(spaces, mnt_ns);
	struct file *file = LOAD(program, file);
	struct fs_struct *fs = LOAD(task, fs);
	const char *asked = LOAD(program, filename);
	u32 args_bytes = 0;

	begin(&r->h, PICKET_TYPE_EXEC, sizeof(*r), task);
	s->used = sizeof(*r);
	r->parent_start = LOAD(parent_leader, start_boottime);
	r->parent_pid = LOAD(parent, tgid);
	r->cgroup_id = bpf_get_current_cgroup_id();
	r->uid = LOAD(cred, uid.val);
	r->euid = LOAD(cred, euid.val);
	r->gid = LOAD(cred, gid.val);
	r->loginuid = bpf_core_field_exists(struct task_struct, loginuid) ? LOAD(task, loginuid.val) : NO_LOGIN;
	r->mount_namespace = LOAD(mounts, ns.inum);
	r->pid_namespace = pid_namespace(task);
	r->exec_flags = identity_flags(task, cred, file);
	if (LOAD(program, interp) != asked)
		r->exec_flags |= PICKET_EXEC_SCRIPT;
	if (r->pid_namespace != INIT_PID_NAMESPACE)
		r->exec_flags |= PICKET_EXEC_CONTAINER;

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
	finish(s);
}

#endif
