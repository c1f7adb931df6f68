/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Requests to io_uring: opens, changes of names, connects and their kin without a system call of their own. What is asked for is
 * taken when a request is submitted, from the kernel's own copy; it is told when the request has ended, with its result
 * (ended.h). A request that asks to hear nothing of its success (IOSQE_CQE_SKIP_SUCCESS), and one that there is no room to wait
 * for, is told at once as if it had worked. The submitter is who is told: the kernel's own threads for it belong to its process
 * (Linux 5.12, and 5.10 from 5.10.162 on, which has the io_uring of 5.15).
 */
#ifndef PICKET_SUBMITTED_H
#define PICKET_SUBMITTED_H

#include "attempt.h"
#include "change.h"
#include "open.h"
#include "request.h"
#include "unix.h"

/* Whether the ends of requests are heard: without them nothing may wait. The loader says so once it is attached to all it needs. */
static __always_inline bool hears_ends(void)
{
	u32 first = 0;
	u32 *heard = bpf_map_lookup_elem(&picket_ends_heard, &first);
	return heard && *heard;
}

/*
 * Keeps the record that was built in the scratch, and what else is known of the request; false where it can't wait. `attempt`: the socket
 * that is to be connected, or 0.
 */
static __always_inline bool keep(struct scratch *s, struct io_kiocb *req, u32 action, u32 length, struct asker *who, u64 attempt)
{
	u64 key = (u64)req;
	struct waiting *w = (void *)s->record;
	if (length > WAITING_ROOM || LOAD(req, flags) & REQ_CQE_SKIP || !hears_ends())
		return false;
	w->who = *who;
	w->attempt = attempt;
	w->length = length;
	w->action = action;
	if (bpf_map_update_elem(&picket_waiting, &key, w, BPF_ANY) == 0)
		return true;
	count(COUNT_WAITING_FULL, 1);
	return false;
}

static __noinline int submit_open(struct scratch *s, struct task_struct *task, struct io_kiocb *req)
{
	if (!s || !task || !req)
		return 0;
	struct io_open *command = CAST(req, struct io_open);
	struct filename *name = CAST(NAME_OF(command, io_open, filename), struct filename);
	struct call call = {.a = LOAD(command, dfd), .c = LOAD(command, how.flags)};
	struct asker who = asker_of(task);
	struct picket_open *r = begin_open(s, task, OPENAT, &call);
	r->how = PICKET_HOW_URING;
	for (u32 i = 0; i < HEAD; i += 8)
		*(u64 *)&s->record[sizeof(*r) + i] = 0;
	r->asked = append_string(s, LOAD(name, name));
	if (s->record[sizeof(*r)] != '/')
		r->base = append_base(s, task, OPENAT, &call);
	r->h.length = s->used;
	if (keep(s, req, OPENAT | (LOAD(command, file_slot) ? DIRECT : 0), s->used, &who, 0))
		return 0;
	count(COUNT_FILE_MISSING, 1);
	finish(s, CLASS_OPEN);
	return 0;
}

static __noinline int submit_change(struct scratch *s, struct task_struct *task, struct io_kiocb *req, u32 action)
{
	if (!s || !task || !req)
		return 0;
	struct asker who = asker_of(task);
	struct named *n = FORGOTTEN(s);
	*n = named_of(action, req);
	barrier();
	if (n->operation == 0)
		return 0;
	change *r = begin_change(s, task, n->operation, 0);
	r->how = PICKET_HOW_URING;
	r->value = n->value;
	r->extra = n->extra;
	if (action != SOCKET)
		append_place(s, task, n->folder, n->text, PLACE_KERNEL);
	if (n->plain)
		r->other = append_string(s, (const char *)n->other_text);
	else if (n->other_text)
		append_place(s, task, n->other_folder, n->other_text, PLACE_OTHER | PLACE_KERNEL);
	r->h.length = s->used;
	if (!keep(s, req, action, s->used, &who, 0))
		finish(s, action == SOCKET ? CLASS_ACCESS : CLASS_CHANGE);
	return 0;
}

/* The same for a message of which the kernel has made no copy yet (seen on 5.10 and 6.1): as the caller has it now. */
static __always_inline u32 given_name(struct scratch *s, struct io_kiocb *req)
{
	struct io_sr_msg *command = CAST(req, struct io_sr_msg);
	struct user_name given = {};
	if (bpf_probe_read_user(&given, sizeof(given), LOAD(command, umsg)) != 0)
		return 0;
	u64 length = (u32)given.length;
	BOUND(length);
	if (length == 0 || length > UNIX_MOST)
		return 0;
	return bpf_probe_read_user(s->record, length, given.name) == 0 ? length : 0;
}

/* The address that the caller gave, as far as it is one of these families: bytes of it at the beginning of the record. */
static __always_inline u32 given_address(struct scratch *s, u32 action, struct io_kiocb *req)
{
	u64 length = UNIX_MOST;
	for (u32 i = 0; i < UNIX_SPAN; i += 8)
		*(u64 *)&s->record[i] = 0;
	if (action == CONNECT) {
		struct io_connect *command = CAST(req, struct io_connect);
		length = (u32)LOAD(command, addr_len);
		BOUND(length);
		if (length == 0 || length > UNIX_MOST)
			return 0;
		return bpf_probe_read_user(s->record, length, LOAD(command, addr)) == 0 ? length : 0;
	}
	if (action != SENDTO && action != SENDMSG)
		return 0;
	struct io_async_msghdr *message = LOAD(req, async_data);
	if (!message)
		return action == SENDMSG ? given_name(s, req) : 0;
	message = CAST(message, struct io_async_msghdr);
	void *name = LOAD(message, msg.msg_name);
	return name && bpf_probe_read_kernel(s->record, UNIX_MOST, name) == 0 ? UNIX_MOST : 0;
}

/* The file of a request that has not begun: by its number; one of the ring's own table is not looked for. */
static __always_inline struct file *file_to_be(struct task_struct *task, struct io_kiocb *req)
{
	if (!bpf_core_field_exists(struct io_kiocb, cqe))
		return CAST(LOAD(req, file), struct file);
	return LOAD(req, flags) & REQ_FIXED_FILE ? 0 : file_of(task, LOAD(req, cqe.fd));
}

/* `address`: where a copy of what was given lies, in the kernel's memory, or 0; `result`: of an accept the descriptor. */
static __noinline int tell_socket(struct sock *sock, struct asker *who, u32 action, u64 address, long result)
{
	if (!sock || !who)
		return 0;
	u32 family = LOAD(sock, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	bool sends = action == SENDTO || action == SENDMSG;
	if (sends && LOAD(sock, sk_type) == SOCK_STREAM)
		return 0;
	u32 operation = action == ACCEPT ? PICKET_ACCEPT
		      : action == BIND   ? PICKET_BIND
		      : action == LISTEN ? PICKET_LISTEN
					 : PICKET_CONNECT;
	bool socket_knows = result >= 0 && !sends;
	send_inet(sock, who, operation | BY(PICKET_HOW_URING), socket_knows ? 0 : address, result < 0 ? result : 0);
	return 0;
}

static __noinline int submit_network(struct scratch *s, struct task_struct *task, struct io_kiocb *req, u32 action)
{
	if (!s || !task || !req)
		return 0;
	struct asker who = asker_of(task);
	u32 length = given_address(s, action, req);
	if ((action == SENDTO || action == SENDMSG) && length == 0)
		return 0;
	if (action == ACCEPT) {
		struct io_accept *command = CAST(req, struct io_accept);
		/* Linux 6.1 does not keep them here: of many connections by one request the first is told. */
		if (bpf_core_field_exists(struct io_accept, iou_flags) && LOAD(command, iou_flags) & ACCEPT_MULTISHOT) {
			struct acceptor key = {.ring = (u64)LOAD(req, ctx), .word = LOAD(req, cqe.user_data)};
			bpf_map_update_elem(&picket_acceptors, &key, &who, BPF_ANY);
		}
		if (LOAD(command, file_slot))
			action |= DIRECT;
	}
	struct sock *sock = sock_of(file_to_be(task, req));
	bool begins = action == CONNECT && sock && is_tcp(sock) && LOAD(sock, __sk_common.skc_state) == TCP_CLOSE;
	if (keep(s, req, action, length, &who, begins ? (u64)sock : 0)) {
		if (begins)
			note_attempt(sock, &who, PICKET_HOW_URING, true);
		return 0;
	}
	if (sock && (action & ~DIRECT) != ACCEPT)
		tell_socket(sock, &who, action, length ? (u64)s->record : 0, 0);
	else
		count(COUNT_REQUEST_UNTOLD, 1);
	return 0;
}

static __always_inline void submitted(struct io_kiocb *request)
{
	struct io_kiocb *req = CAST(request, struct io_kiocb);
	u32 action = action_of_request(LOAD(req, opcode));
	if (action == NOTHING)
		return;
	struct task_struct *task = current_task();
	struct scratch *s = is_quiet(LOAD(task, tgid)) ? 0 : take_scratch(SCRATCH_URING);
	if (!s)
		return;
	if (action < FIRST_OF_NETWORK)
		submit_open(s, task, req);
	else if (action < FIRST_OF_CHANGE)
		submit_network(s, task, req, action);
	else
		submit_change(s, task, req, action);
}

#endif
