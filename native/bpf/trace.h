/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Processes that a task looks into or changes: by ptrace(2), whose tracees the kernel lists, or by number. */
#ifndef PICKET_TRACE_H
#define PICKET_TRACE_H

#include "descriptor.h"
#include "identity.h"

#define PTRACE_POKETEXT 4
#define PTRACE_POKEDATA 5
#define PTRACE_POKEUSR 6
#define PTRACE_SETREGS 13
#define PTRACE_ATTACH 16
#define PTRACE_SETREGSET 0x4205
#define PTRACE_SEIZE 0x4206
#define PTRACE_SET_SYSCALL_INFO 0x4212 /* Linux 6.16 */
#define TRACEES 16

/* What a request of ptrace does; 0 for those that only look at a process which is traced already, or let it run. */
static __always_inline u32 operation_of_trace(u64 request)
{
	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		return PICKET_TRACE;
	if (request == PTRACE_POKETEXT || request == PTRACE_POKEDATA)
		return PICKET_WRITE_MEMORY;
	switch (request) {
	case PTRACE_POKEUSR:
	case PTRACE_SETREGS:
	case PTRACE_SETREGSET:
	case PTRACE_SET_SYSCALL_INFO:
		return PICKET_WRITE_REGISTERS;
	}
	return 0;
}

/* The number by which the task with this id names another. */
static __always_inline u32 number_in(u32 level, struct task_struct *task)
{
	struct pid *pid = LOAD(task, thread_pid);
	u32 number = 0;
	u64 at = (u64)pid + bpf_core_field_offset(struct pid, numbers) + (u64)level * bpf_core_type_size(struct upid) +
		 bpf_core_field_offset(struct upid, nr);
	if (level > LOAD(pid, level) || bpf_probe_read_kernel(&number, sizeof(number), (void *)at) != 0)
		return 0;
	return number;
}

/* By its number alone: the host's, if that is where the task lives; in a pid namespace it says nothing outside. */
static __always_inline void fill_number(struct picket_change_record *r, struct task_struct *task, u32 number)
{
	if (pid_namespace(task) == INIT_PID_NAMESPACE)
		r->target_pid = number;
}

static __always_inline void fill_process_of(struct picket_change_record *r, struct task_struct *thread)
{
	struct task_struct *leader = LOAD(thread, group_leader);
	r->target_pid = LOAD(thread, tgid);
	r->target_start = LOAD(leader, start_boottime);
}

/* By a descriptor of the process, or from Linux 6.9 on of one of its threads (pidfd_open(2)). */
static __always_inline void fill_described(struct picket_change_record *r, struct task_struct *task, u32 descriptor)
{
	struct file *file = file_of(task, descriptor);
	if (!file)
		return;
	struct inode *inode = LOAD(file, f_inode);
	struct pid *pid = CAST(bpf_core_field_exists(struct pid, stashed) ? LOAD(inode, i_private) : LOAD(file, private_data), struct pid);
	u64 first = (u64)BPF_CORE_READ(pid, tasks[0].first);
	if (first)
		fill_process_of(r, CAST(first - bpf_core_field_offset(struct task_struct, pid_links), struct task_struct));
	else
		r->target_pid = LOAD(pid, numbers[0].nr);
}

/* A tracee by the number that the tracer gave. */
static __always_inline void fill_traced(struct picket_change_record *r, struct task_struct *task, u32 number)
{
	struct pid *own = LOAD(task, thread_pid);
	u32 level = LOAD(own, level);
	u64 head = (u64)task + bpf_core_field_offset(struct task_struct, ptraced);
	struct list_head *next = LOAD(task, ptraced.next);
	for (int i = 0; i < TRACEES && (u64)next != head && next; i++) {
		u64 at = (u64)next - bpf_core_field_offset(struct task_struct, ptrace_entry);
		struct task_struct *tracee = CAST(at, struct task_struct);
		if (number_in(level, tracee) == number) {
			fill_process_of(r, tracee);
			return;
		}
		next = LOAD(tracee, ptrace_entry.next);
	}
	fill_number(r, task, number);
}

#endif
