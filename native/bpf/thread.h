/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is kept of a thread, from its beginning in a program to its end or to the next program. */
#ifndef PICKET_THREAD_H
#define PICKET_THREAD_H

#include "window.h"

/* Of an address: the verifier takes no arithmetic with a pointer, but half of it is a number to it. */
static __always_inline u32 lower_half(const void *pointer)
{
	register const void *r1 asm("r1") = pointer;
	u32 half;
	asm volatile("%0 = w1" : "=w"(half) : "r"(r1));
	return half;
}

/* Stacks lie 32 KiB apart: each has a guard page. `registers` are the lower half of an address. */
static __always_inline struct thread *place_of(u32 registers)
{
	u32 place = (registers >> 15) & (THREADS - 1);
	return bpf_map_lookup_elem(&picket_threads, &place);
}

/* Read by the helper always: what is loaded plainly is a pointer to newer verifiers, with which nothing is computed. */
static __always_inline u64 stack_of(struct task_struct *task)
{
	return (u64)BPF_CORE_READ(task, stack);
}

/* The place of a task that is known, or 0. */
static __always_inline struct thread *thread_of(struct task_struct *task)
{
	struct thread *t = place_of(stack_of(task));
	return t && t->registers && t->task == (u64)task ? t : 0;
}

static __always_inline void fill_thread(struct thread *t, u64 registers, struct task_struct *task, bool hidden, u64 program)
{
	u32 id = LOAD(task, pid);
	if (t->registers && t->registers != registers && is_telling(t))
		count(COUNT_SAMPLE_LOST, t->used - t->overlap);
	t->registers = registers;
	t->task = (u64)task;
	t->quiet = hidden;
	t->sampled = !hidden && (((id ^ (u32)settings.seed) * 0x9E3779B1u) >> 16 & settings.sample_mask) == 0;
	t->used = t->overlap = t->unseen = 0;
	t->wait = 0;
	t->patience = 1;
	t->program = program;
	t->history = t->before = BEGINNING;
}

/* The thread ends, or another program begins in it. */
static __always_inline void leave_thread(struct thread *t, struct task_struct *task, u32 scratch)
{
	if (is_telling(t))
		send_window(t, task, scratch);
	t->registers = 0;
}

#endif
