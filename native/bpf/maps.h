/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The maps of a sensor. Every object file declares them all; the loader makes them once and hands the same ones to each
 * (src/loader.cc), so that a family that does not load takes nothing else down. All but those that user space writes to in its own
 * memory are frozen: no system call writes there, though a program that somebody loads may. By their names, of which the kernel keeps
 * 15 bytes, it is known that somebody opened one (services/domain/rules).
 */
#ifndef PICKET_MAPS_H
#define PICKET_MAPS_H

#include "access.h"

const volatile struct picket_settings settings SEC(".rodata.picket");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} picket_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, COUNTERS + 1);
	__type(key, u32);
	__type(value, u64);
} picket_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct picket_wake);
} picket_wake SEC(".maps");

/* Each source is compiled more than once (CMakeLists.txt): a verifier that does not know an instruction does not want to see it at all. */
#ifdef PICKET_BEFORE_5_12
#define FOLDS false
#else
#define FOLDS true
#endif

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PICKET_FOLD_SLOTS);
	__type(key, u32);
	__type(value, u64);
} picket_folds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PICKET_SEEN_WORDS);
	__type(key, u32);
	__type(value, u64);
} picket_seen SEC(".maps");

/* Thread groups that are not reported: the agent, and what it starts until that runs another program. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u8);
} picket_quiet SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FAMILIES);
	__type(key, u32);
	__type(value, u32);
} picket_families SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PICKET_SIGNALS);
	__type(key, u32);
	__type(value, struct picket_signal);
} picket_signals SEC(".maps");

struct ending {
	u64 start;
	u64 pid;
};

/* Processes whose exit was told, by start and pid: of two last threads that end at once, each may see none left. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct ending);
	__type(value, u8);
} picket_ended SEC(".maps");

struct asker {
	u64 start;
	u32 pid, thread;
};

/*
 * Who asked for a TCP connection that is still being made, and by which way, by the socket's address. `waits`: the call for it is under
 * way and will tell itself how it failed. `told`: it was made and told, the call is still under way, and picket_connections had no room.
 */
struct attempt {
	struct asker who;
	u32 how;
	u16 waits, told;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct attempt);
} picket_pending SEC(".maps");

/* Who has a TCP connection, since when and at which port of its own (the kernel forgets that first), by the socket's address. */
struct connection {
	struct asker who;
	u64 since;
	u16 local_port;
	u8 accepted, reserved[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct connection);
} picket_connections SEC(".maps");

/* A process that lately turned to a server of names, in the place that its pid hashes to: two that meet there take turns. */
struct seeker {
	u64 until;
	u32 pid, reserved;
};

#define SEEKERS 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEKERS);
	__type(key, u32);
	__type(value, struct seeker);
} picket_seekers SEC(".maps");

#define WAITING_ROOM 2016

/*
 * A request to io_uring that was submitted and has not ended: what it asked for, since the kernel drops that on the way. `record` is
 * what will be told, or of the network family the address that was given.
 */
struct waiting {
	u8 record[WAITING_ROOM];
	struct asker who;
	u64 attempt; /* the socket that it is noted for in picket_pending, or 0 */
	u32 length, action;
} __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct waiting);
} picket_waiting SEC(".maps");

/* Set by the loader when everything is attached that ends of requests are heard by. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} picket_ends_heard SEC(".maps");

/* A request that accepts one connection after another: each comes with the ring and the word that the program gave it, no more. */
struct acceptor {
	u64 ring, word;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct acceptor);
	__type(value, struct asker);
} picket_acceptors SEC(".maps");

#define WINDOW 64

/*
 * What is kept of a thread. It is known by where its registers are saved, at the end of its kernel stack: a system call brings that
 * address along, whereas to ask who it is costs a call. Its place is what the address hashes to. Two threads that meet there take
 * turns; that costs windows (counted), nothing else. `quiet` is a copy of what picket_quiet says.
 */
struct thread {
	u64 registers; /* 0: nobody's */
	u64 task;
	u8 quiet, sampled;
	u16 used, overlap, unseen; /* of the window: calls, those that the one before had too, n-grams not known */
	u32 wait, patience;        /* windows until one is a sample again, and how many it will be then */
	u64 program;
	u64 history, before; /* the last GRAM calls, now and where the window's own begin */
	u16 numbers[WINDOW];
};

#define THREADS 8192

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, THREADS);
	__type(key, u32);
	__type(value, struct thread);
} picket_threads SEC(".maps");

#define BLOCK_SHIFT 17
#define BLOCK_WORDS ((1 << BLOCK_SHIFT) / 64)
#define BLOCKS 256

/* Bits of the n-grams that programs are known to make, and how many are set (gate.h). */
struct block {
	u64 known;
	u64 words[BLOCK_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BLOCKS + 1); /* the last stays empty */
	__type(key, u32);
	__type(value, struct block);
} picket_blocks SEC(".maps");

/* A record under construction, and a path, which is built from its end. Offsets are masked: a piece may reach past the mask. */
#define RECORD_SPAN 16384
#define PIECE 4096
#define PATH_END 8192

struct scratch {
	u32 used;
	u32 path_start, path_length, path_flags;
	u64 dentry, vfsmount; /* where a walk goes on */
	struct {
		u64 next, end;
		u32 within; /* a variable that is longer than a piece (before Linux 5.12) */
		u32 cut;    /* one of the loader's is not whole */
	} variables; /* of an environment that is looked through */
	u8 record[RECORD_SPAN + PIECE] __attribute__((aligned(8)));
	u8 path[PATH_END + 1024] __attribute__((aligned(8)));
};

/*
 * Each program that is attached and builds records has a scratch of its own: from Linux 7.0 on it may be preempted by another
 * one on its CPU. Not by itself: the kernel leaves that run out (counted: program.missed).
 */
enum scratch_of { SCRATCH_CALL, SCRATCH_EXEC, SCRATCH_EXIT, SCRATCH_URING, SCRATCH_SENDING, SCRATCHES };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, u32);
	__type(value, struct scratch);
} picket_scratches SEC(".maps");

static __always_inline void count(u32 counter, u64 amount)
{
	u64 *value = bpf_map_lookup_elem(&picket_counters, &counter);
	if (value)
		__sync_fetch_and_add(value, amount);
}

/*
 * Goes on in the family's program and does not come back, unless there is none (counted). A constant family is a plain jump; of calls
 * that the compiler makes one of, the kernel would look the program up and pay an indirect jump (16 ns, Linux 6.18 with retpolines).
 */
static __always_inline void go_on_in(void *ctx, const u32 family)
{
	barrier(); /* what was stored has to be stored by then */
	bpf_tail_call_static(ctx, &picket_families, family);
	count(COUNT_FAMILY_MISSING, 1);
}

static __always_inline struct scratch *take_scratch(u32 which)
{
	struct scratch *scratch = bpf_map_lookup_elem(&picket_scratches, &which);
	if (!scratch)
		count(COUNT_SCRATCH_MISSING, 1);
	return scratch;
}

static __always_inline bool is_quiet(u32 pid)
{
	return bpf_map_lookup_elem(&picket_quiet, &pid) != 0;
}

#endif
