/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Records: their header, their tails, their way into the ring. */
#ifndef PICKET_EMIT_H
#define PICKET_EMIT_H

#include "shed.h"

static __always_inline void begin(struct picket_header *h, u32 type, u32 length, struct task_struct *task)
{
	struct task_struct *leader = LOAD(task, group_leader);
	h->type = type;
	h->length = length;
	h->time = bpf_ktime_get_boot_ns();
	h->start = LOAD(leader, start_boottime);
	h->pid = LOAD(task, tgid);
	h->thread = LOAD(task, pid);
	h->count = 1;
	h->slot = 0;
	h->fingerprint = 0;
}

/*
 * A wake-up costs 5 us, a hundred times the record (Linux 6.18): user space looks by itself every now and then, and is woken
 * only when the ring fills up, once until it has read everything.
 */
static __always_inline u64 wakeup(u64 waits)
{
	u32 zero = 0;
	if (waits < settings.ring_bytes / 4)
		return BPF_RB_NO_WAKEUP;
	struct picket_wake *state = bpf_map_lookup_elem(&picket_wake, &zero);
	if (!state || state->woken)
		return BPF_RB_NO_WAKEUP;
	state->woken = 1;
	return BPF_RB_FORCE_WAKEUP;
}

/* Gives back the place of a record that did not get through, unless it has been counted on meanwhile (user space finds those). */
static __always_inline void forget(u32 place, u64 fingerprint)
{
	u32 slot = place - 1;
	u64 *word = place ? bpf_map_lookup_elem(&picket_folds, &slot) : 0;
	if (FOLDS && word)
		__sync_val_compare_and_swap(word, fingerprint, 0);
}

/* `waits`: bytes that wait for user space, as of a moment ago. */
static __always_inline bool send_behind(u64 waits, void *record, u64 length, u32 class)
{
	struct picket_header *h = record;
	if (has_room(class, waits)) {
		if (bpf_ringbuf_output(&picket_ring, record, length, wakeup(waits)) == 0) {
			count(COUNT_SENT, 1);
			return true;
		}
		count(class & 0xFFFF, 1);
	}
	forget(h->slot, h->fingerprint);
	return false;
}

static __always_inline bool send(void *record, u64 length, u32 class)
{
	return send_behind(waiting_bytes(), record, length, class);
}

/*
 * Adds `length` (at most PIECE) bytes of kernel memory to the record as a tail. Here and below: BOUND keeps the compiler from
 * making one comparison of two, and from comparing a copy; verifiers before 6.3 would not know the bound of what is then used.
 */
static __always_inline tail append(struct scratch *s, const void *from, u64 length)
{
	tail none = {};
	u64 at = s->used;
	if (length == 0)
		return none;
	BOUND(at);
	BOUND(length);
	if (at >= RECORD_SPAN || length > PIECE) {
		count(COUNT_RECORD_FULL, 1);
		return none;
	}
	if (bpf_probe_read_kernel(&s->record[at], length, from) != 0) {
		count(COUNT_PATH_UNREADABLE, 1);
		return none;
	}
	s->used = at + length;
	return (tail){.offset = at, .length = length};
}

/* The same for a string of kernel memory, without its NUL. */
static __always_inline tail append_string(struct scratch *s, const char *from)
{
	tail none = {};
	u64 at = s->used;
	BOUND(at);
	if (at >= RECORD_SPAN) {
		count(COUNT_RECORD_FULL, 1);
		return none;
	}
	long length = bpf_probe_read_kernel_str(&s->record[at], PIECE, from);
	if (length <= 1) {
		if (length < 0)
			count(COUNT_PATH_UNREADABLE, 1);
		return none;
	}
	s->used = at + length - 1;
	return (tail){.offset = at, .length = length - 1};
}

/* The same for a string of the caller's memory. */
static __always_inline tail append_user_string(struct scratch *s, const char *from)
{
	tail none = {};
	u64 at = s->used;
	BOUND(at);
	if (at >= RECORD_SPAN) {
		count(COUNT_RECORD_FULL, 1);
		return none;
	}
	long length = bpf_probe_read_user_str(&s->record[at], PIECE, from);
	if (length <= 1) {
		if (length < 0)
			count(COUNT_ASKED_UNREADABLE, 1);
		return none;
	}
	if (length == PIECE)
		count(COUNT_ASKED_CUT, 1);
	s->used = at + length - 1;
	return (tail){.offset = at, .length = length - 1};
}

/* Sends the record that was built in the scratch, as above; false when it did not get through. */
static __always_inline bool finish_behind(u64 waits, struct scratch *s, u32 class)
{
	struct picket_header *h = (void *)s->record;
	u64 length = s->used;
	if (length < sizeof(*h))
		return false;
	BOUND(length);
	if (length > RECORD_SPAN + PIECE)
		return false;
	h->length = length;
	return send_behind(waits, s->record, length, class);
}

static __always_inline bool finish(struct scratch *s, u32 class)
{
	return finish_behind(waiting_bytes(), s, class);
}

#endif
