/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Which sequences of system calls a program has already made, as bits: an n-gram (the last GRAM calls of a thread, the beginning of a
 * program standing for those before it) is known when its bit is set. The bits of a program lie in one block, which others may share:
 * each n-gram goes into the hash with its program, so sharing fills the block, it does not mix what they know. A bit that another
 * n-gram has set hides an unseen one; a call that is foreign to its program makes GRAM of them. A block that is a quarter full is
 * emptied, and what its programs do comes out once more.
 */
#ifndef PICKET_GATE_H
#define PICKET_GATE_H

#include "fold.h"

#define GRAM 6
#define CALL_BITS 10 /* nine of the number; the tenth for 32-bit and x32 calls and for numbers that no call has */
#define BEGINNING ((1ull << GRAM * CALL_BITS) - 1)
#define NUMBER_BITS 9

static __always_inline u64 followed_by(u64 history, u32 number)
{
	u32 code = (number & ((1 << NUMBER_BITS) - 1)) | (number >> NUMBER_BITS ? 1 << NUMBER_BITS : 0);
	return (history << CALL_BITS | code) & BEGINNING;
}

static __always_inline struct block *block_of(u64 program)
{
	u32 place = program & (BLOCKS - 1);
	return bpf_map_lookup_elem(&picket_blocks, &place);
}

static __always_inline u32 bit_of(u64 program, u64 gram)
{
	return (gram ^ program) * 0x9E3779B97F4A7C15ull >> (64 - BLOCK_SHIFT);
}

static __always_inline bool is_known(struct block *block, u32 bit)
{
	return block->words[(bit >> 6) & (BLOCK_WORDS - 1)] >> (bit & 63) & 1;
}

/* Two that learn at once may undo each other's bit: that n-gram comes out once more. */
static __always_inline void learn(struct block *block, u32 bit)
{
	if (is_known(block, bit))
		return;
	block->words[(bit >> 6) & (BLOCK_WORDS - 1)] |= 1ull << (bit & 63);
	block->known += 1;
}

/* By a copy of the block that stays empty: a loop over the words would be the verifier's longest. */
static __always_inline void empty_when_full(struct block *block)
{
	u32 last = BLOCKS;
	struct block *empty = bpf_map_lookup_elem(&picket_blocks, &last);
	if (!empty || block->known < BLOCK_WORDS * 64 / 4)
		return;
	bpf_probe_read_kernel(block, sizeof(*block), empty);
	count(COUNT_GATE_EMPTIED, 1);
}

/* A program for the gate: its executable's file and, where that interprets a script, the name of the script (0 where not). */
static __always_inline u64 program_of(struct inode *inode, u64 script)
{
	struct super_block *super = LOAD(inode, i_sb);
	return mix(mix(mix(settings.seed ^ script, LOAD(inode, i_ino)), LOAD(super, s_dev)), LOAD(inode, i_size));
}

/* Of a task that began before the sensor. */
static __always_inline u64 program_of_task(struct task_struct *task)
{
	struct mm_struct *mm = LOAD(task, mm);
	struct file *file = mm ? LOAD(mm, exe_file) : 0;
	return file ? program_of(LOAD(file, f_inode), 0) : settings.seed;
}

#endif
