/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Questions for names and their answers: UDP, to and from port 53, by whichever call; user space reads what they say. */
#ifndef PICKET_NAMES_H
#define PICKET_NAMES_H

#include "inet.h"
#include "seeker.h"

#define PORT_OF_NAMES 53
#define MESSAGE_MOST 1232 /* what a message over UDP has at most these days (EDNS, RFC 9715) */
#define HEADER_BYTES 64   /* struct mmsghdr: a struct msghdr and the bytes that went */

/* What lies in the caller's memory: where a message is, how long, and the address beside it. */
struct letter {
	u64 at, name;
	u32 length;
};

/* The beginning of struct msghdr, and that of its first struct iovec. */
struct envelope {
	u64 name;
	u32 name_length, reserved;
	u64 pieces;
};

struct piece {
	u64 at, length;
};

static __always_inline bool opened_envelope(struct letter *l, u64 header, bool counted)
{
	struct envelope e = {};
	struct piece first = {};
	if (bpf_probe_read_user(&e, sizeof(e), (void *)header) != 0 ||
	    bpf_probe_read_user(&first, sizeof(first), (void *)e.pieces) != 0)
		return false;
	if (counted && bpf_probe_read_user(&l->length, sizeof(l->length), (void *)header + HEADER_BYTES - 8) != 0)
		return false;
	l->name = e.name;
	l->at = first.at;
	if (first.length < l->length)
		l->length = first.length;
	return true;
}

/* Of messages that went together the `which`-th; false where there is none. Those of 32-bit programs are not taken apart. */
static __always_inline bool letter_of(struct letter *l, u32 action, struct call *call, long result, u32 which)
{
	bool many = action == SENDMMSG || action == RECVMMSG;
	if (which >= (many ? result : 1) || result <= 0)
		return false;
	l->length = result;
	l->at = call->b;
	l->name = action == SENDTO || action == RECVFROM ? call->e : 0;
	if (action == READ || action == WRITE || action == SENDTO || action == RECVFROM)
		return true;
	if (call->narrow)
		return false;
	if (opened_envelope(l, call->b + which * HEADER_BYTES, many))
		return true;
	count(COUNT_NAMES_UNREADABLE, 1);
	return false;
}

static __noinline int send_letter(struct task_struct *task, struct sock *sock, struct letter *l, bool answer)
{
	struct scratch *s = take_scratch(SCRATCH_CALL);
	if (!s || !task || !sock || !l)
		return 0;
	struct picket_network end = {};
	u32 family = LOAD(sock, __sk_common.skc_family);
	end.family = family == AF_INET ? 4 : 6;
	if (LOAD(sock, __sk_common.skc_dport))
		fill_remote(&end, sock, family);
	else if (!l->name || !fill_given(&end.remote, &end.remote_port, &end.family, l->name, 0))
		return 0;
	if (end.remote_port != PORT_OF_NAMES)
		return 0;
	if (!answer)
		note_seeker(LOAD(task, tgid));
	struct picket_names *r = (void *)s->record;
	begin(&r->h, PICKET_TYPE_NAMES, sizeof(*r), task);
	r->remote = end.remote;
	r->remote_port = end.remote_port;
	r->family = end.family;
	r->answer = answer;
	u64 length = l->length;
	if (length > MESSAGE_MOST)
		length = MESSAGE_MOST;
	BOUND(length);
	if (length > MESSAGE_MOST)
		return 0;
	r->message = (tail){.offset = sizeof(*r), .length = length};
	if (bpf_probe_read_user(&s->record[sizeof(*r)], length, (void *)l->at) != 0) {
		count(COUNT_NAMES_UNREADABLE, 1);
		return 0;
	}
	s->used = sizeof(*r) + length;
	finish(s, CLASS_NETWORK);
	return 0;
}

/* glibc asks for both kinds of addresses in one call: two messages are looked at, no more. */
static __noinline int look_for_names(struct task_struct *task, struct sock *sock, u32 action, struct call *call, long result)
{
	if (!task || !sock || !call || LOAD(sock, sk_protocol) != IPPROTO_UDP)
		return 0;
	bool answer = action == READ || action == RECVFROM || action == RECVMSG || action == RECVMMSG;
	for (u32 i = 0; i < 2; i++) {
		struct letter l = {};
		if (letter_of(&l, action, call, result, i))
			send_letter(task, sock, &l, answer);
	}
	return 0;
}

#endif
