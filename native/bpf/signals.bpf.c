// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Who sends a signal to the agent itself. What is noted outlives the agent: a witness holds the map (src/witness.c). */
#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void note_name(u8 *to, struct task_struct *task)
{
	bpf_probe_read_kernel(to, PICKET_NAME, (void *)task + bpf_core_field_offset(struct task_struct, comm));
}

#define BITS(number) (1ull << (number))
#define STOPS (BITS(19) | BITS(20) | BITS(21) | BITS(22)) /* STOP, TSTP, TTIN, TTOU */
#define HARMLESS (BITS(17) | BITS(18) | BITS(23) | BITS(28)) /* CHLD, CONT, URG, WINCH: nothing ends by default */
/* HUP, INT, QUIT, ABRT, TERM. What it sends to itself beyond them are its own mishaps: pipes, timers, a crash. */
#define USUAL (BITS(1) | BITS(2) | BITS(3) | BITS(6) | BITS(15))
#define SIGNAL_IGNORED 1 /* TRACE_SIGNAL_IGNORED of include/trace/events/signal.h */

/* Generated, not delivered: SIGKILL leaves its target no time to tell. */
SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int number, void *info, struct task_struct *task, int group, int result)
{
	struct task_struct *to = CAST(task, struct task_struct);
	u32 pid = LOAD(to, tgid), kind = PICKET_SIGNAL_END;
	if (pid != settings.self || result == SIGNAL_IGNORED || number < 1 || number > 64)
		return 0;
	u64 bit = number < 64 ? BITS(number) : 0;
	bool own = bpf_get_current_pid_tgid() >> 32 == pid;
	if (bit & HARMLESS || (own && !(bit & (USUAL | STOPS | BITS(9)))))
		return 0;
	if (number == 9)
		kind = PICKET_SIGNAL_KILL;
	else if (bit & STOPS)
		kind = PICKET_SIGNAL_STOP;
	struct picket_signal *note = bpf_map_lookup_elem(&picket_signals, &kind);
	if (!note)
		return 0;
	struct task_struct *by = current_task();
	struct task_struct *leader = LOAD(by, group_leader);
	struct task_struct *parent = LOAD(by, real_parent);
	note->time = bpf_ktime_get_boot_ns();
	note->start = LOAD(leader, start_boottime);
	note->parent_start = LOAD(parent, start_boottime);
	note->signal = number;
	note->pid = LOAD(by, tgid);
	note->parent = LOAD(parent, tgid);
	note->uid = bpf_get_current_uid_gid();
	note_name(note->name, leader);
	note_name(note->parent_name, parent);
	return 0;
}
