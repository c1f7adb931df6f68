/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Whom and where a task acts as: capabilities, namespaces. */
#ifndef PICKET_IDENTITY_H
#define PICKET_IDENTITY_H

#include "emit.h"
#include "access.h"

#define INIT_PID_NAMESPACE 0xEFFFFFFCu /* include/linux/proc_ns.h */
#define INIT_USER_NAMESPACE 0xEFFFFFFDu

static __always_inline u64 effective_capabilities(struct cred *cred)
{
	u64 set = 0;
	bpf_probe_read_kernel(&set, sizeof(set), (void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	return set;
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

/* Where a task lives: the numbers that /proc/PID/ns shows. */
struct namespaces {
	u32 mount, pid, user, network, ipc, uts;
};

static __always_inline struct namespaces namespaces_of(struct task_struct *task, struct cred *cred)
{
	struct nsproxy *all = LOAD(task, nsproxy);
	struct mnt_namespace *mount = LOAD(all, mnt_ns);
	struct user_namespace *user = LOAD(cred, user_ns);
	struct net *network = LOAD(all, net_ns);
	struct ipc_namespace *ipc = LOAD(all, ipc_ns);
	struct uts_namespace *uts = LOAD(all, uts_ns);
	return (struct namespaces){.mount = LOAD(mount, ns.inum),
				   .pid = pid_namespace(task),
				   .user = LOAD(user, ns.inum),
				   .network = LOAD(network, ns.inum),
				   .ipc = LOAD(ipc, ns.inum),
				   .uts = LOAD(uts, ns.inum)};
}

/* Into a record of either kind that has them (record.h). */
#define FILL_NAMESPACES(record, in) \
	do { \
		(record)->mount_namespace = (in).mount; \
		(record)->pid_namespace = (in).pid; \
		(record)->user_namespace = (in).user; \
		(record)->network_namespace = (in).network; \
		(record)->ipc_namespace = (in).ipc; \
		(record)->uts_namespace = (in).uts; \
	} while (0)

/* Which of them are not the host's own, as bits of enum picket_exec_flag. */
static __always_inline u32 apart(const struct namespaces *in)
{
	u32 flags = 0;
	if (in->pid != INIT_PID_NAMESPACE)
		flags |= PICKET_EXEC_CONTAINER;
	if (in->user != INIT_USER_NAMESPACE)
		flags |= PICKET_EXEC_OWN_USERS;
	if (settings.network && in->network != settings.network)
		flags |= PICKET_EXEC_OWN_NETWORK;
	return flags;
}

/* Whom and where it acts as now; what it did is left to the caller. */
static __always_inline void fill_identity(struct picket_identity *r, struct task_struct *task)
{
	struct cred *cred = LOAD(task, cred);
	struct namespaces in = namespaces_of(task, cred);
	begin(&r->h, PICKET_TYPE_IDENTITY, sizeof(*r), task);
	r->capabilities = effective_capabilities(cred);
	r->uid = LOAD(cred, uid.val);
	r->euid = LOAD(cred, euid.val);
	r->gid = LOAD(cred, gid.val);
	FILL_NAMESPACES(r, in);
	r->apart = apart(&in);
}

#endif
