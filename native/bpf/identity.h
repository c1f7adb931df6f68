/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Whom and where a task acts as: capabilities, namespaces. */
#ifndef PICKET_IDENTITY_H
#define PICKET_IDENTITY_H

#include "kernel.h"

#define INIT_PID_NAMESPACE 0xEFFFFFFCu /* include/linux/proc_ns.h */

static __always_inline u64 effective_capabilities(const struct cred *cred)
{
	u64 set = 0;
	bpf_probe_read_kernel(&set, sizeof(set), (void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	return set;
}

static __always_inline u32 mount_namespace(struct task_struct *task)
{
	struct nsproxy *spaces = LOAD(task, nsproxy);
	struct mnt_namespace *mounts = LOAD(spaces, mnt_ns);
	return LOAD(mounts, ns.inum);
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

#endif
