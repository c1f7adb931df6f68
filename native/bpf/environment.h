/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The variables of an environment that make the dynamic loader bring other code in. */
#ifndef PICKET_ENVIRONMENT_H
#define PICKET_ENVIRONMENT_H

#include "path.h"
#include "text.h"

static __always_inline bool is_loader_variable(const u8 *text)
{
	/* A word at a time: character by character each would be a branch, in each turn of the loops below. */
	switch (*(u64 *)text) {
	case WORD("LD_PRELO"):
		return text[8] == 'A' && text[9] == 'D' && text[10] == '=';
	case WORD("LD_LIBRA"):
		return *(u64 *)(text + 8) == WORD("RY_PATH=");
	case WORD("LD_AUDIT"):
		return text[8] == '=';
	}
	return false;
}

#define STEP_OF_ENVIRONMENT (PIECE - 16) /* pieces overlap: what a variable is told by lies whole in one */

#ifdef PICKET_BEFORE_5_12

#define STEPS_OF_ENVIRONMENT 1
#define VARIABLES 256

/*
 * Variable by variable: each is read behind what the record has, and stays there if it is one of those. A loop over words has more
 * branches than verifiers before 5.12 follow.
 */
static __always_inline int look_through(struct scratch *s)
{
	for (int i = 0; i < VARIABLES; i++) {
		u64 at = s->used, next = s->variables.next;
		BOUND(at);
		if (next >= s->variables.end || at >= RECORD_SPAN)
			return 0;
		long length = bpf_probe_read_user_str(&s->record[at], PIECE, (void *)next);
		if (length <= 0)
			return 0;
		bool is_long = length == PIECE;
		if (!s->variables.within && is_loader_variable(&s->record[at])) {
			s->used = at + length;
			s->variables.cut |= is_long;
		}
		s->variables.within = is_long;
		s->variables.next = next + (length == PIECE ? PIECE - 1 : length);
	}
	return 1;
}

#else

#define STEPS_OF_ENVIRONMENT 64
#define STRETCH_OF_WORDS 240 /* bytes; short, for the verifier goes through each word of it */
_Static_assert(STEP_OF_ENVIRONMENT % STRETCH_OF_WORDS == 0, "a piece is whole stretches");

/* Whether a word has an 'L' among its characters. */
static __always_inline bool has_l(u64 word)
{
	u64 rest = word ^ WORD("LLLLLLLL");
	return (rest - 0x0101010101010101ull) & ~rest & 0x8080808080808080ull;
}

/* Eight bytes of the piece that lies in s->path, `at` bytes behind its begin: a variable that begins there is told. */
VERIFIED_ONCE int look_at_word(struct scratch *s, u32 at)
{
	if (!s || at > PIECE)
		return 0;
	for (u32 i = 0; i < 8; i++) {
		u64 end = s->used;
		const u8 *text = &s->path[at + 8 + i];
		if (text[-1] || !is_loader_variable(text))
			continue;
		BOUND(end);
		if (end >= RECORD_SPAN) {
			s->variables.cut = 1;
			return 0;
		}
		long length = bpf_probe_read_user_str(&s->record[end], PIECE, (void *)(s->variables.next + at + i));
		if (length > 0)
			s->used = end + length;
		if (length <= 0 || length == PIECE)
			s->variables.cut = 1;
	}
	return 0;
}

/* A stretch of the piece, whose first `length` bytes are of this environment. */
VERIFIED_ONCE int look_at_words(struct scratch *s, u32 from, u32 length)
{
	if (!s || from > STEP_OF_ENVIRONMENT - STRETCH_OF_WORDS)
		return 0;
	for (u32 i = 0; i < STRETCH_OF_WORDS; i += 8) {
		if (from + i >= length)
			break;
		if (has_l(*word_at(&s->path[8 + from + i])))
			look_at_word(s, from + i);
	}
	return 0;
}

/*
 * A piece of the environment. It is read as one, and looked through a word at a time: a call for each variable would be the dearest
 * part of an exec. 0 where there is no more, or it can't be read.
 */
STRETCH int look_through(struct scratch *s)
{
	if (!s || s->variables.next >= s->variables.end)
		return 0;
	u64 length = s->variables.end - s->variables.next;
	if (length > PIECE)
		length = PIECE;
	BOUND(length);
	if (length > PIECE)
		return 0;
	/* The character before this piece, out of the former one. */
	s->path[7] = s->path[7 + STEP_OF_ENVIRONMENT];
	if (bpf_probe_read_user(&s->path[8], length, (void *)s->variables.next) != 0)
		return 0;
	u64 *end = word_at(&s->path[8 + length]);
	end[0] = end[1] = 0;
	for (u32 from = 0; from < STEP_OF_ENVIRONMENT && from < length; from += STRETCH_OF_WORDS)
		look_at_words(s, from, length);
	s->variables.next += STEP_OF_ENVIRONMENT;
	return 1;
}

#endif

/* Behind what the record has; false where not all of the environment was looked through, or one of those is not whole. Takes s->path. */
static __noinline bool append_loader(struct scratch *s, struct mm_struct *mm)
{
	if (!s || !mm)
		return false;
	s->variables.next = LOAD(mm, env_start);
	s->variables.end = LOAD(mm, env_end);
	s->variables.within = s->variables.cut = 0;
	/* Where the first piece finds the character before it. */
	s->path[7 + STEP_OF_ENVIRONMENT] = 0;
	for (int i = 0; i < STEPS_OF_ENVIRONMENT; i++)
		if (!look_through(s))
			break;
	return s->variables.next >= s->variables.end && !s->variables.cut;
}

#endif
