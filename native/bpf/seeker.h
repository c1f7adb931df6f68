/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who asks for names: reads, writes and receives are looked at only of processes that turned to port 53 a moment ago. */
#ifndef PICKET_SEEKER_H
#define PICKET_SEEKER_H

#include "maps.h"

#define PATIENCE 10000000000ull /* nanoseconds: resolvers try again for that long */

static __always_inline struct seeker *seeker_of(u32 pid)
{
	u32 place = pid & (SEEKERS - 1);
	return bpf_map_lookup_elem(&picket_seekers, &place);
}

static __always_inline bool seeks_names(u32 pid)
{
	struct seeker *seeker = seeker_of(pid);
	return seeker && seeker->pid == pid && bpf_ktime_get_boot_ns() < seeker->until;
}

static __always_inline void note_seeker(u32 pid)
{
	struct seeker *seeker = seeker_of(pid);
	if (!seeker)
		return;
	seeker->pid = pid;
	seeker->until = bpf_ktime_get_boot_ns() + PATIENCE;
}

#endif
