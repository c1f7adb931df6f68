/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is kept of a thread, from its beginning in a program to its end or to the next program. */
#ifndef PICKET_THREAD_H
#define PICKET_THREAD_H

#include "window.h"

static __always_inline struct thread *place_of(u32 id)
{
	u32 place = id & (THREADS - 1);
	return bpf_map_lookup_elem(&threads, &place);
}

static __always_inline void fill_thread(struct thread *t, u32 id, bool hidden, u64 program)
{
	if (t->id && t->id != id && is_telling(t))
		count(COUNT_SAMPLE_LOST, t->used - t->overlap);
	t->id = id;
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
	t->id = 0;
}

#endif
