// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Every system call of the machine passes here at its end, in 100 ns: what no family wants leaves at once, the rest is handed
 * to its family by a tail call. One program, because a second one on the same hook costs 61 ns a call (Linux 6.18).
 */
#include "call.h"
#include "seeker.h"
#include "thread.h"

char LICENSE[] SEC("license") = "GPL";

#define NARROW_BIT 0x8000
#define X32_BIT 0x4000

/* The first call of a thread that was there before the sensor, or whose place another one took meanwhile. */
static __noinline int meet(struct thread *t, u64 registers)
{
	struct task_struct *task = current_task();
	if (!t || !task)
		return 0;
	fill_thread(t, registers, task, is_quiet(LOAD(task, tgid)), program_of_task(task));
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	u32 number = LOAD(regs, orig_ax);
	struct thread *t = place_of(lower_half(regs));
	if (!t)
		return 0;
	if (t->registers != (u64)regs)
		meet(t, (u64)regs);
	if (t->quiet)
		return 0;
	bool narrow = is_32bit(CAST(t->task, struct task_struct));
	follow(t, (number & 0x3FFF) | (narrow ? NARROW_BIT : 0) | (number & X32 && !narrow ? X32_BIT : 0));
	u32 action = action_of(number, narrow);
	if (action == NOTHING)
		return 0;
	if (action <= LAST_OF_NAMES) {
		if (!seeks_names(LOAD(trusted_task(), tgid)))
			return 0;
		action = FIRST_OF_NETWORK;
	}
	if (action < FIRST_OF_NETWORK)
		go_on_in(ctx, FAMILY_FILE);
	else if (action < FIRST_OF_CHANGE)
		go_on_in(ctx, FAMILY_NETWORK);
	else
		go_on_in(ctx, FAMILY_CHANGE);
	return 0;
}
