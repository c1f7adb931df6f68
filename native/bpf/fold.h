/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Repetition is counted, not sent. A word of the table is the fingerprint of a record that was sent and, below it, how often the
 * same happened since; user space takes the count away when the window has passed (src/reader.h). A word changes hands only
 * by compare-and-swap and only while its count is 0: no repetition is counted for another, none is lost.
 * Before Linux 5.12 programs cannot do that: there each repetition is sent.
 *
 * Most records never repeat. What happens for the first time in a window sets a bit and is sent without a place: the bits lie close
 * together, a look into the table is a miss of all caches (250 ns). Two that set theirs at once may undo each other's: that one is sent
 * once more.
 */
#ifndef PICKET_FOLD_H
#define PICKET_FOLD_H

#include "maps.h"

#define REPEATED 0xFFFFFFFFu
#define TRIES 4
/* Places that a record may have: neighbours that are one cache line. */
#define PLACES 8

static __always_inline u64 mix(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
	return hash ^ hash >> 32;
}

/* What tells a file from others. */
static __always_inline u64 key_of(struct inode *inode)
{
	struct super_block *super = LOAD(inode, i_sb);
	return LOAD(inode, i_ino) ^ (u64)LOAD(super, s_dev) << 32;
}

/* Begins a fingerprint: what a process does is folded for that process alone. */
static __always_inline u64 fingerprint_of(u64 start, u32 pid, u32 type)
{
	return mix(mix(settings.seed, start), (u64)pid << 32 | type);
}

static __always_inline u64 *fold_word(u32 slot)
{
	return bpf_map_lookup_elem(&picket_folds, &slot);
}

/* Counts one more where the word is the fingerprint's. */
static __always_inline bool counted(u64 *word, u64 fingerprint)
{
	for (int i = 0; i < TRIES; i++) {
		u64 now = *(volatile u64 *)word;
		if ((now & ~PICKET_FOLD_COUNT) != fingerprint)
			return false;
		if ((now & PICKET_FOLD_COUNT) >= PICKET_FOLD_LIMIT) {
			count(COUNT_FOLD_OVERFLOW, 1);
			return true;
		}
		if (__sync_val_compare_and_swap(word, now, now + 1) == now)
			return true;
	}
	return false;
}

static __always_inline bool claimed(u64 *word, u64 fingerprint)
{
	u64 now = *(volatile u64 *)word;
	return (now & PICKET_FOLD_COUNT) == 0 && __sync_val_compare_and_swap(word, now, fingerprint) == now;
}

static __always_inline u64 *seen_word(u64 hash)
{
	u32 place = PICKET_SEEN_WORD(hash);
	return bpf_map_lookup_elem(&picket_seen, &place);
}

/* Whether it was a repetition of what has been sent; then it has been counted. The rest is for fold(). */
static __always_inline bool repeats(u64 hash)
{
	u64 name = hash & ~PICKET_FOLD_COUNT, *bits = seen_word(hash);
	if (!FOLDS || !bits || !(*bits & PICKET_SEEN_BIT(hash)))
		return false;
	u64 *word = fold_word(hash & (PICKET_FOLD_SLOTS - 1));
	return word && name && counted(word, name);
}

/* The word of the place that the record has, or 0. */
static __always_inline u64 *word_of(u64 name, u32 first)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < PLACES; i++) {
		u64 *word = fold_word(first ^ i);
		if (word && (*(volatile u64 *)word & ~PICKET_FOLD_COUNT) == name)
			return word;
	}
	return 0;
}

/* The place that the record has from now on, counted from 1; 0 where each is taken by another that is being counted. */
static __always_inline u32 place_for(u64 name, u32 first)
{
	u64 *word;
	/* An empty place first: a record that nothing has been counted for yet may still be counted for. */
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < PLACES; i++)
		if ((word = fold_word(first ^ i)) && *word == 0 && claimed(word, name))
			return (first ^ i) + 1;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < PLACES; i++)
		if ((word = fold_word(first ^ i)) && claimed(word, name))
			return (first ^ i) + 1;
	count(COUNT_FOLD_CROWDED, 1);
	return 0;
}

/* Of what happened before: REPEATED, or its place as place_for() gives it. Global, and of numbers alone: it is verified once. */
VERIFIED_ONCE u32 fold_again(u64 name, u32 first)
{
	u64 *word = word_of(name, first);
	if (word && counted(word, name))
		return REPEATED;
	return place_for(name, first);
}

/*
 * REPEATED: it has been counted, send nothing. Otherwise the record is to be sent, with this for its `slot` and with `fingerprint`.
 * The slot is 0 for the first of its window, whose fingerprint is 0 too, and where the places are taken by others that are being
 * counted: then each repetition is sent.
 */
static __always_inline u32 fold(u64 hash, u64 *fingerprint)
{
	u32 first = hash & (PICKET_FOLD_SLOTS - 1);
	u64 name = hash & ~PICKET_FOLD_COUNT, *bits = seen_word(hash);
	*fingerprint = 0;
	if (bits && !(*bits & PICKET_SEEN_BIT(hash))) {
		*bits |= PICKET_SEEN_BIT(hash);
		return 0;
	}
	if (!name)
		name = PICKET_FOLD_COUNT + 1;
	*fingerprint = name;
	return FOLDS ? fold_again(name, first) : 0;
}

#endif
