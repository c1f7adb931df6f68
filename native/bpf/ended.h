/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Requests to io_uring that have ended: what was kept of them (submitted.h) is told with its result. */
#ifndef PICKET_ENDED_H
#define PICKET_ENDED_H

#include "submitted.h"

static __noinline int send_kept(struct waiting *w, u32 class)
{
	if (!w)
		return 0;
	u64 length = w->length;
	BOUND(length);
	if (length < sizeof(struct picket_header) || length > WAITING_ROOM)
		return 0;
	send(w->record, length, class);
	return 0;
}

static __noinline int end_open(struct waiting *w, struct task_struct *task, i32 result)
{
	if (!w || !task)
		return 0;
	struct picket_open *r = (void *)w->record;
	if (result >= 0 && w->action & DIRECT) {
		count(COUNT_FILE_MISSING, 1);
	} else if (result >= 0 && LOAD(task, tgid) == w->who.pid) {
		struct call call = {.b = (u64)&w->record[sizeof(*r)], .c = r->flags, .d = r->asked.length};
		struct file *file = file_of(task, result);
		if (file) {
			u64 opening = opening_of(task, file, flags_of(file, OPENAT, &call), PICKET_HOW_URING);
			return opened(task, file, OPENAT | PICKET_HOW_URING << 8, &call, opening);
		}
		count(COUNT_FILE_MISSING, 1);
	}
	if (result < 0 && result != -EACCES && result != -EPERM && (result != -ENOENT || !telling(&w->record[sizeof(*r)])))
		return 0;
	r->result = result < 0 ? result : 0;
	return send_kept(w, CLASS_OPEN);
}

static __noinline int end_network(struct waiting *w, struct task_struct *task, struct io_kiocb *req, i32 result)
{
	if (!w || !task || !req)
		return 0;
	u32 action = w->action & ~DIRECT;
	bool sends = action == SENDTO || action == SENDMSG, accepted = action == ACCEPT && result >= 0;
	if (accepted && w->action & DIRECT) {
		count(COUNT_REQUEST_UNTOLD, 1);
		return 0;
	}
	struct file *file = accepted ? file_of(task, result) : CAST(LOAD(req, file), struct file);
	/* One that was dropped before its turn has no file yet. */
	struct sock *sock = sock_of(file ? file : file_to_be(task, req));
	if (!sock)
		return 0;
	if (action == CONNECT || accepted)
		sock = carrier_of(sock);
	u64 address = w->length ? (u64)w->record : 0;
	if (is_tcp(sock) && (action == CONNECT || (sends && result == -EINPROGRESS)))
		return tcp_asked(sock, &w->who, PICKET_HOW_URING, address, result);
	if (result == -EAGAIN || result == -ECANCELED || is_interrupted(result))
		return 0;
	if (sends && result < 0 && result != -EACCES && result != -EPERM && result != -ECONNREFUSED)
		return 0;
	if (LOAD(sock, __sk_common.skc_family) == AF_UNIX && action == CONNECT)
		return unix_reach(task, sock, address, w->length | BY_WAY(PICKET_HOW_URING), result);
	return tell_socket(sock, &w->who, action, address, result);
}

/* Nobody waits for the attempt of a request that has ended: one that never began, its descriptor closed meanwhile, would stay noted. */
static __always_inline void forget_attempt(struct waiting *w)
{
	u64 key = w->attempt;
	struct attempt *noted = key ? bpf_map_lookup_elem(&picket_pending, &key) : 0;
	if (noted && noted->waits && noted->how == PICKET_HOW_URING && noted->who.pid == w->who.pid)
		bpf_map_delete_elem(&picket_pending, &key);
}

/* A request has ended with this result. */
static __always_inline void end_request(struct io_kiocb *request, i32 result)
{
	u64 key = (u64)request;
	struct io_kiocb *req = CAST(request, struct io_kiocb);
	u32 action = action_of_request(LOAD(req, opcode));
	if (action == NOTHING)
		return;
	struct waiting *w = bpf_map_lookup_elem(&picket_waiting, &key);
	if (!w)
		return;
	struct task_struct *task = current_task();
	if (action < FIRST_OF_NETWORK) {
		end_open(w, task, result);
	} else if (action < FIRST_OF_CHANGE) {
		end_network(w, task, req, result);
		forget_attempt(w);
	} else if (result >= 0 || result == -EPERM || result == -EACCES) {
		((struct picket_change_record *)w->record)->result = result < 0 ? result : 0;
		send_kept(w, action == SOCKET ? CLASS_ACCESS : CLASS_CHANGE);
	}
	bpf_map_delete_elem(&picket_waiting, &key);
}

#endif
