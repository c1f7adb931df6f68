// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * connect, accept, bind and listen of TCP and UDP, connects of unix sockets; datagrams to an address are connects too.
 * Addresses are the socket's own; those of the caller's memory only where the socket has none (a call that failed, a datagram).
 */
#include "attempt.h"
#include "call.h"
#include "descriptor.h"
#include "names.h"
#include "socketcall.h"
#include "unix.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_FASTOPEN 0x20000000
#define CALLER_WIDTH(call) ((call)->narrow ? sizeof(u32) : sizeof(u64))

/* Where a datagram goes to, the `which`-th of a sendmmsg: the first two fields of its message header. */
static __always_inline u64 target_of(u32 action, struct call *call, u32 which, u32 *length)
{
	u64 target = 0, header = call->b + which * (call->narrow ? HEADER_BYTES / 2 : HEADER_BYTES);
	*length = call->f;
	if (action == SENDTO)
		return call->e;
	if (bpf_probe_read_user(&target, CALLER_WIDTH(call), (void *)header) != 0 ||
	    bpf_probe_read_user(length, sizeof(*length), (void *)header + CALLER_WIDTH(call)) != 0)
		count(COUNT_ADDRESS_UNREADABLE, 1);
	return target;
}

static __always_inline bool is_send(u32 action)
{
	return action == SENDTO || action == SENDMSG || action == SENDMMSG;
}

/* A send that connects first. */
static __always_inline bool opens_fast(u32 action, struct call *call)
{
	return is_send(action) && (action == SENDMSG ? call->c : call->d) & MSG_FASTOPEN;
}

/* What of a failed call is worth telling: who was turned away, not who would have had to wait. */
static __always_inline bool worth(u32 action, bool opens, long result)
{
	if (result >= 0 || (opens && (result == -EINPROGRESS || is_interrupted(result))))
		return true;
	if (result == -EAGAIN || is_interrupted(result))
		return false;
	if (is_send(action) && !opens)
		return result == -EACCES || result == -EPERM || result == -ECONNREFUSED;
	return true;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(family_network, struct pt_regs *regs, long result)
{
	struct task_struct *task = current_task();
	bool narrow = is_32bit(task);
	u32 action = action_of(LOAD(regs, orig_ax), narrow);
	struct call call = call_of(regs, narrow);
	if (action == SOCKETCALL)
		action = unfold(&call);
	if (action == SOCKET) {
		go_on_in(ctx, FAMILY_CHANGE);
		return 0;
	}
	bool fast = opens_fast(action, &call);
	if (action == NOTHING || !worth(action, action == CONNECT || fast, result))
		return 0;
	bool for_names = action <= LAST_OF_NAMES || (action == SENDTO && call.e == 0);
	if (for_names && !seeks_names(LOAD(task, tgid)))
		return 0;
	struct sock *sock = sock_of(file_of(task, action == ACCEPT && result >= 0 ? result : call.a));
	if (!sock)
		return 0;
	u32 family = LOAD(sock, __sk_common.skc_family);
	bool inet = family == AF_INET || family == AF_INET6;
	u32 length = 0;
	if (for_names) {
		if (inet)
			look_for_names(task, sock, action, &call, result);
	} else if (is_send(action) && LOAD(sock, sk_type) == SOCK_STREAM) {
		u64 target = fast && is_tcp(sock) ? target_of(action, &call, 0, &length) : 0;
		struct asker who = asker_of(task);
		if (target)
			tcp_asked(sock, &who, 0, target, result < 0 ? result : 0);
	} else if (is_send(action)) {
		if (!worth(action, false, result))
			return 0;
		struct asker who = asker_of(task);
		u64 target = target_of(action, &call, 0, &length);
		if (target && inet)
			send_inet(sock, &who, PICKET_CONNECT, target, result < 0 ? result : 0);
		else if (target && family == AF_UNIX)
			unix_reach(task, sock, target, (u16)length | DATAGRAM, result < 0 ? result : 0);
		if (inet)
			look_for_names(task, sock, action, &call, result);
		if (action == SENDMMSG && result > 1)
			go_on_in(ctx, FAMILY_DATAGRAMS);
	} else if (inet) {
		inet_call(task, sock, action, call.b, result);
		if (action == CONNECT && LOAD(sock, __sk_common.skc_dport) == bpf_htons(PORT_OF_NAMES))
			note_seeker(LOAD(task, tgid));
	} else if (family == AF_UNIX && action == CONNECT) {
		unix_reach(task, sock, call.b, (u16)call.c, result);
	}
	return 0;
}

#define DATAGRAMS 32 /* of one sendmmsg: the verifier looks at each as if it were another call */

/* What is kept where the verifier does not follow it: so it takes one round for another. */
struct sending {
	struct asker who;
	struct call call;
	u64 target; /* of the last one that was looked at */
	u32 sent;
};

/* The datagrams of a sendmmsg after the first one. What goes beyond them is counted, and of unix sockets all but the first. */
SEC("tp_btf/sys_exit")
int BPF_PROG(family_datagrams, struct pt_regs *regs, long result)
{
	struct task_struct *task = current_task();
	bool narrow = is_32bit(task);
	struct scratch *s = take_scratch(SCRATCH_SENDING);
	if (!s)
		return 0;
	struct sending *now = (void *)s->record;
	now->call = call_of(regs, narrow);
	if (action_of(LOAD(regs, orig_ax), narrow) == SOCKETCALL)
		unfold(&now->call);
	now->who = asker_of(task);
	now->sent = result;
	struct sock *sock = sock_of(file_of(task, now->call.a));
	if (!sock)
		return 0;
	u32 family = LOAD(sock, __sk_common.skc_family), length = 0;
	bool inet = family == AF_INET || family == AF_INET6;
	if (!inet && family != AF_UNIX)
		return 0;
	now->target = inet ? 0 : target_of(SENDMMSG, &now->call, 1, &length);
	for (u32 i = 1; inet && i < DATAGRAMS && i < now->sent; i++) {
		now->target = target_of(SENDMMSG, &now->call, i, &length);
		if (now->target)
			send_inet(sock, &now->who, PICKET_CONNECT, now->target, 0);
	}
	u32 told = inet ? DATAGRAMS : 1;
	/* Without an address it goes where the socket is connected to, which was told then. */
	if (now->target && now->sent > told)
		count(COUNT_DATAGRAM_UNTOLD, now->sent - told);
	return 0;
}

/*
 * What a connection has carried, at its end. The kernel counts the peer's last word (FIN) among the bytes received; it marks the
 * socket when that has come.
 */
static __noinline int send_close(struct sock *sock, struct connection *made)
{
	struct picket_network ends = {};
	struct picket_close r = {};
	if (!sock || !made)
		return 0;
	struct tcp_sock *tcp = CAST(sock, struct tcp_sock);
	u32 family = LOAD(sock, __sk_common.skc_family);
	fill_local(&ends, sock, family);
	fill_remote(&ends, sock, family);
	r.local = ends.local;
	r.remote = ends.remote;
	r.remote_port = ends.remote_port;
	r.local_port = made->local_port;
	r.family = family == AF_INET ? 4 : 6;
	r.accepted = made->accepted;
	r.sent = LOAD(tcp, bytes_sent) - LOAD(tcp, bytes_retrans);
	r.received = LOAD(tcp, bytes_received);
	if (r.received > 0 && LOAD(sock, __sk_common.skc_flags) & SOCK_DONE)
		r.received -= 1;
	r.h.type = PICKET_TYPE_CLOSE;
	r.h.length = sizeof(r);
	r.h.time = bpf_ktime_get_boot_ns();
	r.h.start = made->who.start;
	r.h.pid = made->who.pid;
	r.h.thread = made->who.thread;
	r.h.count = 1;
	r.run_nanos = r.h.time - made->since;
	send(&r, sizeof(r), CLASS_LIFE);
	return 0;
}

/*
 * An attempt begins, a connection is made, or not, or is over. But for the first often in an interrupt: the present task says
 * nothing, picket_pending and picket_connections do.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, const struct sock *socket, int before, int after)
{
	u64 key = (u64)socket;
	struct sock *sock = CAST(socket, struct sock);
	if (after == TCP_SYN_SENT)
		attempted(current_task(), sock);
	if (before == TCP_SYN_SENT)
		attempt_ended(sock, after);
	if (after != TCP_CLOSE || before == TCP_SYN_SENT)
		return 0;
	struct connection *made = bpf_map_lookup_elem(&picket_connections, &key);
	if (made) {
		struct connection over = *made;
		bpf_map_delete_elem(&picket_connections, &key);
		return send_close(sock, &over);
	}
	bpf_map_delete_elem(&picket_pending, &key); /* one that there was no room for */
	return 0;
}
