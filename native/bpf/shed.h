/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What goes without when a storm brings more than user space can carry: each class of records may fill the ring up to a line of its
 * own, and what is above that line is left to the classes after it. So what says least is shed first and an exec finds room when
 * nothing else does; as the ring drains, each class comes back by itself. What a class went without is counted by its name.
 */
#ifndef PICKET_SHED_H
#define PICKET_SHED_H

#include "maps.h"

/* Its counter, and the sixteenths of the ring that it may fill. */
#define CLASS(counter, sixteenths) ((sixteenths) << 16 | COUNT_##counter)

enum class {
	CLASS_SAMPLE = CLASS(SHED_SAMPLE, 4),
	CLASS_SEQUENCE = CLASS(SHED_SEQUENCE, 5), /* stays unseen: it comes out when the program does it again */
	CLASS_REPEAT = CLASS(SHED_REPEAT, 6), /* an open for which the fold table has no place */
	CLASS_OPEN = CLASS(SHED_OPEN, 8),
	CLASS_CHANGE = CLASS(SHED_CHANGE, 10), /* of files */
	CLASS_ARGUMENTS = CLASS(SHED_ARGUMENTS, 11), /* beyond what the exec's record has */
	CLASS_LIFE = CLASS(SHED_LIFE, 12), /* forks, exits, ends of connections */
	CLASS_NETWORK = CLASS(SHED_NETWORK, 14),
	CLASS_ACCESS = CLASS(SHED_ACCESS, 14), /* to identities, other processes, the kernel */
	CLASS_EXEC = CLASS(RING_FULL, 16),
};

/* Bytes that wait for user space. */
static __always_inline u64 waiting_bytes(void)
{
	return bpf_ringbuf_query(&picket_ring, BPF_RB_AVAIL_DATA);
}

/* Whether there is room for the class; counts where there is none. */
static __always_inline bool has_room(u32 class, u64 waits)
{
	if (waits < settings.ring_bytes / 16 * (class >> 16))
		return true;
	count(class & 0xFFFF, 1);
	return false;
}

#endif
