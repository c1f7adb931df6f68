/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What else the two sides share beside records: settings, the wake-up word, the fold table's words, the names of counters. */
#ifndef PICKET_CONTROL_H
#define PICKET_CONTROL_H

#include "record.h"

/* Every loss and failed helper: COUNTER(identifier, name). */
#define PICKET_COUNTERS(COUNTER)                          \
	COUNTER(RING_FULL, "ring.full")                   \
	COUNTER(PATH_CUT, "path.cut")                     \
	COUNTER(PATH_UNREADABLE, "path.unreadable")       \
	COUNTER(ASKED_UNREADABLE, "asked.unreadable")     \
	COUNTER(ASKED_CUT, "asked.cut")                   \
	COUNTER(ARGS_UNREADABLE, "args.unreadable")       \
	COUNTER(ARGS_CUT, "args.cut")                     \
	COUNTER(ADDRESS_UNREADABLE, "address.unreadable") \
	COUNTER(DATAGRAM_UNTOLD, "datagram.untold")       \
	COUNTER(FILE_MISSING, "file.missing")             \
	COUNTER(RECORD_FULL, "record.full")               \
	COUNTER(SCRATCH_MISSING, "scratch.missing")       \
	COUNTER(FAMILY_MISSING, "family.missing")         \
	COUNTER(FOLD_CROWDED, "fold.crowded")             \
	COUNTER(FOLD_OVERFLOW, "fold.overflow")           \
	COUNTER(QUIET_FULL, "quiet.full")                 \
	COUNTER(PENDING_FULL, "pending.full")             \
	COUNTER(CONNECTIONS_FULL, "connections.full")     \
	COUNTER(NAMES_UNREADABLE, "names.unreadable")     \
	COUNTER(WAITING_FULL, "waiting.full")             \
	COUNTER(REQUEST_UNTOLD, "request.untold")         \
	COUNTER(SAMPLE_LOST, "sample.lost")               \
	COUNTER(GATE_EMPTIED, "gate.emptied")             \
	COUNTER(SHED_SAMPLE, "shed.sample")               \
	COUNTER(SHED_SEQUENCE, "shed.sequence")           \
	COUNTER(SHED_REPEAT, "shed.repeat")               \
	COUNTER(SHED_OPEN, "shed.open")                   \
	COUNTER(SHED_CHANGE, "shed.change")               \
	COUNTER(SHED_ARGUMENTS, "shed.arguments")         \
	COUNTER(SHED_LIFE, "shed.life")                   \
	COUNTER(SHED_NETWORK, "shed.network")             \
	COUNTER(SHED_ACCESS, "shed.access")

#define PICKET_COUNTER_ID(identifier, name) COUNT_##identifier,
/* After them, which no loss is: the records that went into the ring, for user space to compare with what it read. */
enum picket_counter { PICKET_COUNTERS(PICKET_COUNTER_ID) COUNTERS, COUNT_SENT = COUNTERS };

/* Fixed when the programs are loaded. */
struct picket_settings {
	u64 seed;        /* of the fingerprints: who does not know it can't aim at a collision */
	u64 ring_bytes;  /* of the ring: user space is woken when a quarter waits; see shed.h */
	u32 sample_mask; /* one thread in (mask + 1) has its system calls sampled */
	u32 self;        /* the agent: signals to it are noted */
	u32 network;     /* the first process' network namespace; the agent's own where that can't be looked at */
};

#define PICKET_NAME 16

/* What kinds of signals to the agent are told apart: the last of each is kept. */
enum picket_signal_kind { PICKET_SIGNAL_END, PICKET_SIGNAL_KILL, PICKET_SIGNAL_STOP, PICKET_SIGNALS };

/* A signal to the agent and its sender; `time` is 0 where none came. Times are CLOCK_BOOTTIME, nanoseconds. */
struct picket_signal {
	u64 time, start, parent_start;
	u32 signal, pid, parent, uid;
	u8 name[PICKET_NAME], parent_name[PICKET_NAME];
};

/* A process as the kernel's own list of tasks has it; `start` is nanoseconds of CLOCK_BOOTTIME. */
struct picket_task {
	u64 start;
	u32 pid, parent;
	u8 name[PICKET_NAME];
};

/* `woken`: set by the kernel when it has woken user space, cleared by user space when it has read everything. */
struct picket_wake {
	u32 woken;
};

/* A word of the fold table: the upper 40 bits are the fingerprint, the lower 24 count the repetitions. */
#define PICKET_FOLD_SLOTS 32768
#define PICKET_FOLD_COUNT 0xFFFFFFull
#define PICKET_FOLD_LIMIT 0xF00000ull

/* Which records were seen in this window, as bits: the upper 17 bits of the fingerprint are a record's. */
#define PICKET_SEEN_WORDS 2048
#define PICKET_SEEN_WORD(fingerprint) ((fingerprint) >> 53)
#define PICKET_SEEN_BIT(fingerprint) (1ull << ((fingerprint) >> 47 & 63))

/* The families behind the one program on sys_exit; its tail calls go by these numbers. */
enum picket_family {
	FAMILY_NONE = 0,
	FAMILY_FILE = 1,
	FAMILY_NETWORK = 2,
	FAMILY_CHANGE = 3,
	FAMILY_DATAGRAMS = 4, /* by way of the network's */
	FAMILIES = 5,
};

#endif
