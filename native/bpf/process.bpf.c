// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The life of processes: fork, exec, exit. */
#include "emit.h"
#include "exec.h"
#include "identity.h"
#include "thread.h"

char LICENSE[] SEC("license") = "GPL";

#define SIGNAL_GROUP_EXIT 4
#define EEXIST 17

/* Flags of clone(2). */
#define CLONE_NEWNS 0x00020000
#define CLONE_NEWUTS 0x04000000
#define CLONE_NEWIPC 0x08000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000

#define SCRIPT_NAME 128 /* of a script's name what tells it from others */

static __noinline int begin_program(struct task_struct *task, struct linux_binprm *program)
{
	struct scratch *s = take_scratch(SCRATCH_EXEC);
	if (!s || !task || !program)
		return 0;
	struct thread *t = thread_of(task);
	struct file *file = LOAD(program, file);
	const char *asked = LOAD(program, filename);
	u64 script = 0;
	if (!t)
		return 0;
	u64 registers = t->registers;
	leave_thread(t, task, SCRATCH_EXEC);
	if (LOAD(program, interp) != asked) {
		/* Unrolled, its words would all lie on the stack at once, which kernels before 6.13 bound to 512 bytes for all functions. */
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < SCRIPT_NAME; i += 8)
			*(u64 *)&s->path[i] = 0;
		bpf_probe_read_kernel_str(s->path, SCRIPT_NAME, asked);
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < SCRIPT_NAME; i += 8)
			script = mix(script, *(u64 *)&s->path[i]);
	}
	fill_thread(t, registers, task, false, program_of(LOAD(file, f_inode), script));
	return 0;
}

/* A new thread goes on in the program of the one that made it. Its registers are as far up its stack as those of its maker. */
static __always_inline void begin_thread(struct task_struct *task, bool hidden, struct task_struct *maker)
{
	u64 stack = stack_of(task);
	struct thread *t = place_of(stack), *known = thread_of(maker);
	if (t && known)
		fill_thread(t, stack + known->registers - stack_of(maker), task, hidden, known->program);
	else if (t)
		t->registers = 0; /* whoever had the stack before: it is met at its first call */
}

static __always_inline void end_thread(struct task_struct *task)
{
	struct thread *t = thread_of(task);
	if (t)
		leave_thread(t, task, SCRATCH_EXIT);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_thread, struct linux_binprm *program)
{
	struct task_struct *self = CAST(task, struct task_struct);
	u32 pid = LOAD(self, tgid);
	/* What the agent starts is its own as long as it runs the agent's program. */
	if (is_quiet(pid))
		bpf_map_delete_elem(&picket_quiet, &pid);
	struct linux_binprm *loaded = CAST(program, struct linux_binprm);
	begin_program(self, loaded);
	struct scratch *s = take_scratch(SCRATCH_EXEC);
	if (s)
		send_exec(s, self, loaded);
	return 0;
}

/* clone(2) with namespaces of its own is told as the unshare(2) that it saves the new process. */
static __noinline int tell_left(struct task_struct *to, struct task_struct *from)
{
	if (!to || !from)
		return 0;
	struct cred *own = LOAD(to, cred), *makers = LOAD(from, cred);
	if (LOAD(to, nsproxy) == LOAD(from, nsproxy) && LOAD(own, user_ns) == LOAD(makers, user_ns))
		return 0;
	struct namespaces left = namespaces_of(from, makers);
	struct picket_identity r = {.operation = PICKET_LEAVE_NAMESPACE};
	fill_identity(&r, to);
	r.value = (r.mount_namespace != left.mount ? CLONE_NEWNS : 0) | (r.uts_namespace != left.uts ? CLONE_NEWUTS : 0) |
		  (r.ipc_namespace != left.ipc ? CLONE_NEWIPC : 0) | (r.user_namespace != left.user ? CLONE_NEWUSER : 0) |
		  (r.pid_namespace != left.pid ? CLONE_NEWPID : 0) | (r.network_namespace != left.network ? CLONE_NEWNET : 0);
	/* 0: of control groups or of time alone, which no record shows. */
	if (r.value)
		send(&r, sizeof(r), CLASS_ACCESS);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *to = CAST(child, struct task_struct), *from = CAST(parent, struct task_struct);
	u32 pid = LOAD(to, tgid), thread = LOAD(to, pid);
	u8 one = 1;
	bool hidden = is_quiet(LOAD(from, tgid));
	begin_thread(to, hidden, from);
	if (pid != thread)
		return 0;
	if (hidden) {
		if (bpf_map_update_elem(&picket_quiet, &pid, &one, BPF_ANY) != 0)
			count(COUNT_QUIET_FULL, 1);
		return 0;
	}
	struct picket_fork record = {};
	begin(&record.h, PICKET_TYPE_FORK, sizeof(record), from);
	record.child_start = LOAD(to, start_boottime);
	record.child_pid = pid;
	send(&record, sizeof(record), CLASS_LIFE);
	tell_left(to, from);
	return 0;
}

/* The last thread of a group to leave ends the process; `live` is already without it (kernel/exit.c). */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct task_struct *self = CAST(task, struct task_struct);
	struct signal_struct *signal = LOAD(self, signal);
	u32 pid = LOAD(self, tgid);
	end_thread(self);
	if (LOAD(signal, live.counter) != 0)
		return 0;
	if (is_quiet(pid)) {
		bpf_map_delete_elem(&picket_quiet, &pid);
		return 0;
	}
	struct task_struct *leader = LOAD(self, group_leader);
	struct picket_exit record = {};
	begin(&record.h, PICKET_TYPE_EXIT, sizeof(record), self);
	struct ending ending = {.start = record.h.start, .pid = pid};
	u8 one = 1;
	if (bpf_map_update_elem(&picket_ended, &ending, &one, BPF_NOEXIST) == -EEXIST)
		return 0;
	record.run_nanos = record.h.time - record.h.start;
	record.status = LOAD(signal, flags) & SIGNAL_GROUP_EXIT ? LOAD(signal, group_exit_code) : LOAD(leader, exit_code);
	send(&record, sizeof(record), CLASS_LIFE);
	return 0;
}
