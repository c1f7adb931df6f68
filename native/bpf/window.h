/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * System calls of a thread in their order, window by window. A window is sent when it holds an n-gram that its program was not known
 * to make (gate.h), and whatever it holds of one thread in (sample_mask + 1): its first window, then one after 1, after 2, 4, ... so
 * that a thread that goes on for days costs next to nothing. A window begins with the last calls of the one before it, so that each
 * n-gram lies whole in one window.
 */
#ifndef PICKET_WINDOW_H
#define PICKET_WINDOW_H

#include "emit.h"
#include "gate.h"

#define MOST_PATIENCE (1 << 14)
#define OVERLAP (GRAM - 1)

/* Whether the window, as far as it has come, is to be sent. */
static __always_inline bool is_telling(struct thread *t)
{
	return !t->quiet && t->used > t->overlap && (t->unseen || (t->sampled && t->wait == 0));
}

/* What was sent is known from now on. What changes from step to step lies in memory, where the verifier does not follow it. */
static __noinline int learn_window(struct thread *t)
{
	if (!t)
		return 0;
	struct block *block = block_of(t->program);
	if (!block)
		return 0;
	for (u32 i = 0; i < WINDOW; i++) {
		u64 at = t->overlap + i;
		if (at >= t->used)
			break;
		at &= WINDOW - 1;
		BOUND(at);
		t->before = followed_by(t->before, t->numbers[at]);
		learn(block, bit_of(t->program, t->before));
	}
	empty_when_full(block);
	return 0;
}

static __noinline int send_window(struct thread *t, struct task_struct *task, u32 scratch)
{
	struct scratch *s = take_scratch(scratch);
	if (!s || !t || !task)
		return 0;
	struct picket_syscalls *r = (void *)s->record;
	u32 calls = t->used;
	if (calls == 0 || calls > WINDOW)
		return 0;
	begin(&r->h, PICKET_TYPE_SYSCALLS, sizeof(*r), task);
	s->used = sizeof(*r);
	r->unseen = t->unseen;
	r->numbers = append(s, t->numbers, calls * sizeof(u16));
	if (finish(s, t->unseen ? CLASS_SEQUENCE : CLASS_SAMPLE) && t->unseen)
		learn_window(t);
	return 0;
}

static __noinline int end_window(struct thread *t)
{
	if (!t)
		return 0;
	bool sampled = t->sampled && t->wait == 0;
	if (is_telling(t))
		send_window(t, current_task(), SCRATCH_CALL);
	if (sampled) {
		t->wait = t->patience;
		if (t->patience < MOST_PATIENCE)
			t->patience *= 2;
	} else if (t->wait > 0) {
		t->wait -= 1;
	}
	for (u32 i = 0; i < OVERLAP; i++)
		t->numbers[i] = t->numbers[WINDOW - OVERLAP + i];
	t->used = t->overlap = OVERLAP;
	t->unseen = 0;
	t->before = t->history;
	return 0;
}

/* The next call of a thread. Thirty-two-bit calls are numbered otherwise: their top bit is set, that of x32 calls the one below. */
static __always_inline void follow(struct thread *t, u16 number)
{
	u64 program = t->program, history = followed_by(t->history, number);
	u32 used = t->used;
	struct block *block = block_of(program);
	t->history = history;
	if (used < WINDOW)
		t->numbers[used] = number;
	t->used = used + 1;
	if (block && !is_known(block, bit_of(program, history)))
		t->unseen += 1;
	if (used + 1 >= WINDOW)
		end_window(t);
}

#endif
