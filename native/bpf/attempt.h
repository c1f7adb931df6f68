/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* TCP connections that are still being made: who asked, and how it ended, whichever of call, request and socket is last. */
#ifndef PICKET_ATTEMPT_H
#define PICKET_ATTEMPT_H

#include "inet.h"

/* How a connection attempt ended, by the state that the socket has gone to. */
static __always_inline int outcome(struct sock *sock, int state)
{
	int error = LOAD(sock, sk_err);
	if (state != TCP_CLOSE)
		return 0;
	return error ? -error : -ECONNABORTED;
}

static __always_inline bool is_tcp(struct sock *sock)
{
	u32 family = LOAD(sock, __sk_common.skc_family);
	return (family == AF_INET || family == AF_INET6) && LOAD(sock, sk_protocol) == IPPROTO_TCP;
}

/* A function of its own for its room on the stack: those of a chain of calls have 512 bytes together, before Linux 6.9 in steps of 32. */
static __noinline bool note_attempt(struct sock *sock, struct asker *who, u32 how, bool waits)
{
	u64 key = (u64)sock;
	struct attempt attempt = {.who = *who, .how = how, .waits = waits};
	if (bpf_map_update_elem(&picket_pending, &key, &attempt, BPF_ANY) == 0)
		return true;
	count(COUNT_PENDING_FULL, 1);
	return false;
}

/*
 * A first packet goes out: from here on the connection may come to be, whatever becomes of the call (interrupted, cancelled, its
 * process killed). By a program: not by the kernel for itself, whose threads have no memory of their own.
 */
static __always_inline void attempted(struct task_struct *task, struct sock *sock)
{
	u64 key = (u64)sock;
	struct attempt *asked = bpf_map_lookup_elem(&picket_pending, &key);
	u32 pid = LOAD(task, tgid);
	if (!is_tcp(sock) || !LOAD(task, mm) || is_quiet(pid) || (asked && asked->who.pid == pid))
		return;
	struct asker who = asker_of(task);
	note_attempt(sock, &who, 0, true);
}

/*
 * The socket leaves the state in which an attempt is: that it worked is told here, whoever waits for it; that it failed is told by
 * the call, where one is under way and it is not the call's process that goes.
 */
static __always_inline void attempt_ended(struct sock *sock, int after)
{
	u64 key = (u64)sock;
	struct attempt *found = bpf_map_lookup_elem(&picket_pending, &key);
	if (!found)
		return;
	struct attempt attempt = *found;
	if (bpf_map_delete_elem(&picket_pending, &key) != 0)
		return;
	if (after == TCP_CLOSE && attempt.waits && LOAD(sock, sk_shutdown) != SHUT_BOTH)
		return;
	if (send_inet(sock, &attempt.who, PICKET_CONNECT | BY(attempt.how), 0, outcome(sock, after)) == 0 || !attempt.waits)
		return;
	attempt.told = true;
	bpf_map_update_elem(&picket_pending, &key, &attempt, BPF_ANY);
}

/* What carries a connection of MPTCP: the first of its connections of TCP, which is told like any other. */
static __always_inline struct sock *carrier_of(struct sock *sock)
{
	if (!bpf_core_type_exists(struct mptcp_sock) || LOAD(sock, sk_protocol) != IPPROTO_MPTCP)
		return sock;
	struct mptcp_sock *all = CAST(sock, struct mptcp_sock);
	struct sock *first = LOAD(all, first);
	return first ? CAST(first, struct sock) : sock;
}

/*
 * The call has left before the outcome. The attempt may be over by now (a peer on this machine): then it is told, unless
 * attempt_ended did. Else it is told as in progress, where the caller was told so, and its outcome when the socket changes state.
 */
static __always_inline void left(struct sock *sock, struct asker *who, u32 how, u64 target, int result)
{
	u64 key = (u64)sock;
	bool noted = note_attempt(sock, who, how, false);
	u32 state = LOAD(sock, __sk_common.skc_state), what = PICKET_CONNECT | BY(how);
	if (state == TCP_SYN_SENT) {
		if (result == -EINPROGRESS || result == -EINTR || result == -ECANCELED)
			send_inet(sock, who, what, target, -EINPROGRESS);
		return;
	}
	if (noted && bpf_map_delete_elem(&picket_pending, &key) != 0)
		return;
	if (state != TCP_CLOSE && !bpf_map_lookup_elem(&picket_connections, &key))
		send_inet(sock, who, what, 0, 0);
	/* What was cancelled may never have begun. */
	if (state == TCP_CLOSE && (result == -EINPROGRESS || LOAD(sock, sk_err)))
		send_inet(sock, who, what, target, outcome(sock, state));
}

/* A call or a request for a TCP connection has ended. */
static __noinline int tcp_asked(struct sock *sock, struct asker *who, u32 how, u64 target, int result)
{
	if (!sock || !who)
		return 0;
	u64 key = (u64)sock;
	u32 state = LOAD(sock, __sk_common.skc_state);
	bool open = result == -EINPROGRESS || result == -ECANCELED || is_interrupted(result) || (result == 0 && state == TCP_SYN_SENT);
	struct attempt *known = bpf_map_lookup_elem(&picket_pending, &key);
	bool told = known && known->told;
	if (told)
		bpf_map_delete_elem(&picket_pending, &key);
	if (told && (open || result >= 0))
		return 0;
	if (open) {
		left(sock, who, how, target, result);
	} else if (result < 0) {
		bpf_map_delete_elem(&picket_pending, &key);
		send_inet(sock, who, PICKET_CONNECT | BY(how), target, result);
	} else if (state != TCP_CLOSE && !bpf_map_lookup_elem(&picket_connections, &key)) {
		/* It went by the sensor, which began meanwhile. */
		send_inet(sock, who, PICKET_CONNECT | BY(how), 0, 0);
	}
	return 0;
}

static __always_inline void inet_call(struct task_struct *task, struct sock *sock, u32 action, u64 target, long result)
{
	struct asker who = asker_of(task);
	if (action == CONNECT || action == ACCEPT)
		sock = carrier_of(sock);
	if (action == CONNECT && LOAD(sock, sk_protocol) == IPPROTO_TCP) {
		tcp_asked(sock, &who, 0, target, result);
		return;
	}
	if (is_interrupted(result))
		return;
	u32 operation = action == CONNECT ? PICKET_CONNECT
		      : action == ACCEPT  ? PICKET_ACCEPT
		      : action == BIND    ? PICKET_BIND
					  : PICKET_LISTEN;
	send_inet(sock, &who, operation, result < 0 ? target : 0, result < 0 ? result : 0);
}

#endif
