/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * System calls of a thread in their order, as samples: the first CHUNK calls of a program, then a chunk after 64 calls, after
 * 128, 256, ... so that a thread that goes on for days costs next to nothing. One thread in (sample_mask + 1) is sampled.
 */
#ifndef PICKET_THREAD_H
#define PICKET_THREAD_H

#include "emit.h"

#define MOST_PATIENCE (1 << 20)

static __always_inline struct thread *place_of(u32 id)
{
	u32 place = id & (THREADS - 1);
	return bpf_map_lookup_elem(&threads, &place);
}

static __always_inline void fill_thread(struct thread *t, u32 id, bool hidden)
{
	t->id = id;
	t->quiet = hidden;
	t->sampled = !hidden && (((id ^ (u32)settings.seed) * 0x9E3779B1u) >> 16 & settings.sample_mask) == 0;
	t->used = 0;
	t->wait = 0;
	t->skipped = 0;
	t->patience = CHUNK;
}

/* A new thread, or a new program in an old one. */
static __always_inline void restart_thread(u32 id, bool hidden)
{
	struct thread *t = place_of(id);
	if (t)
		fill_thread(t, id, hidden);
}

static __noinline int send_chunk(struct thread *t, struct task_struct *task, u32 scratch)
{
	struct scratch *s = take_scratch(scratch);
	if (!s || !t || !task)
		return 0;
	struct picket_syscalls *r = (void *)s->record;
	u32 calls = t->used;
	if (calls == 0 || calls > CHUNK)
		return 0;
	begin(&r->h, PICKET_TYPE_SYSCALLS, sizeof(*r), task);
	s->used = sizeof(*r);
	r->skipped = t->skipped;
	r->reserved = 0;
	r->numbers = append(s, t->numbers, calls * sizeof(u16));
	finish(s, CLASS_SAMPLE);
	return 0;
}

/* A call of a sampled thread. Thirty-two-bit calls are numbered otherwise: their top bit is set, that of x32 calls the one below. */
static __always_inline void sample(struct thread *t, struct task_struct *task, u32 number)
{
	if (t->wait > 0) {
		t->wait -= 1;
		return;
	}
	u32 used = t->used;
	if (used < CHUNK)
		t->numbers[used] = number;
	t->used = used + 1;
	if (used + 1 < CHUNK)
		return;
	send_chunk(t, task, SCRATCH_CALL);
	t->used = 0;
	t->wait = t->skipped = t->patience;
	if (t->patience < MOST_PATIENCE)
		t->patience *= 2;
}

static __always_inline void end_thread(u32 id, struct task_struct *task)
{
	struct thread *t = place_of(id);
	if (!t || t->id != id)
		return;
	if (t->sampled && t->used)
		send_chunk(t, task, SCRATCH_EXIT);
	t->id = 0;
}

#endif
