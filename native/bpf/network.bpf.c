// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * connect, accept, bind and listen of TCP and UDP, connects of unix sockets; datagrams to an address are connects too.
 * Addresses are the socket's own; those of the caller's memory only where the socket has none (a call that failed, a datagram).
 */
#include "call.h"
#include "descriptor.h"
#include "inet.h"
#include "names.h"
#include "unix.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_FASTOPEN 0x20000000
#define CALLER_WIDTH(call) ((call)->narrow ? sizeof(u32) : sizeof(u64))

/* socketcall(2): all of them in one, of 32-bit programs; its arguments lie in memory. */
static __always_inline u32 unfold(struct call *call)
{
	static const u8 of[21] = {[2] = BIND, [3] = CONNECT, [4] = LISTEN, [5] = ACCEPT, [11] = SENDTO, [12] = RECVFROM, [16] = SENDMSG, [18] = ACCEPT, [20] = SENDMMSG};
	u32 which = call->a, arguments[6] = {};
	if (which >= sizeof(of) || of[which] == NOTHING)
		return NOTHING;
	u32 bytes = of[which] == SENDTO || of[which] == RECVFROM ? 24 : 12;
	if (which == 4)
		bytes = 8;
	if (bpf_probe_read_user(arguments, bytes, (void *)call->b) != 0) {
		count(COUNT_ADDRESS_UNREADABLE, 1);
		return NOTHING;
	}
	call->a = arguments[0];
	call->b = arguments[1];
	call->c = arguments[2];
	call->d = arguments[3];
	call->e = arguments[4];
	call->f = arguments[5];
	return of[which];
}

/* Where a datagram goes to: the first two fields of a sendmsg's (first) message header. */
static __always_inline u64 target_of(u32 action, struct call *call, u32 *length)
{
	u64 target = 0;
	*length = call->f;
	if (action == SENDTO)
		return call->e;
	if (bpf_probe_read_user(&target, CALLER_WIDTH(call), (void *)call->b) != 0 ||
	    bpf_probe_read_user(length, sizeof(*length), (void *)call->b + CALLER_WIDTH(call)) != 0)
		count(COUNT_ADDRESS_UNREADABLE, 1);
	return target;
}

static __always_inline bool is_send(u32 action)
{
	return action == SENDTO || action == SENDMSG || action == SENDMMSG;
}

/* What of a failed call is worth telling: who was turned away, not who would have had to wait. */
static __always_inline bool worth(u32 action, long result)
{
	if (result >= 0)
		return true;
	if (result == -EAGAIN || result == -EINTR || result <= -ERESTARTSYS)
		return false;
	if (is_send(action))
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
	if (action == NOTHING || !worth(action, result))
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
	} else if (inet && is_send(action)) {
		bool fast_open = action == SENDTO && call.d & MSG_FASTOPEN;
		if (LOAD(sock, sk_type) == SOCK_STREAM && !fast_open)
			return 0;
		struct asker who = asker_of(task);
		u64 target = target_of(action, &call, &length);
		if (target)
			send_inet(sock, &who, PICKET_CONNECT, target, result < 0 ? result : 0);
		look_for_names(task, sock, action, &call, result);
	} else if (inet) {
		inet_call(task, sock, action, call.b, result);
		if (action == CONNECT && LOAD(sock, __sk_common.skc_dport) == bpf_htons(PORT_OF_NAMES))
			note_seeker(LOAD(task, tgid));
	} else if (family == AF_UNIX && action == CONNECT) {
		unix_reach(task, sock, call.b, (u16)call.c, result);
	} else if (family == AF_UNIX && is_send(action)) {
		u64 target = target_of(action, &call, &length);
		if (target)
			unix_reach(task, sock, target, (u16)length | DATAGRAM, result < 0 ? result : 0);
	}
	return 0;
}

/* A connection is over; one that was not waited for is made, or not. Often in an interrupt: the present task says nothing, `connections` and `pending` do. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, const struct sock *socket, int before, int after)
{
	u64 key = (u64)socket;
	struct connection *made = after == TCP_CLOSE && before != TCP_SYN_SENT ? bpf_map_lookup_elem(&connections, &key) : 0;
	if (made) {
		struct connection over = *made;
		bpf_map_delete_elem(&connections, &key);
		send_close(CAST(socket, struct sock), &over);
	}
	if (before != TCP_SYN_SENT)
		return 0;
	struct asker *asker = bpf_map_lookup_elem(&pending, &key);
	if (!asker)
		return 0;
	struct asker who = *asker;
	struct sock *sock = CAST(socket, struct sock);
	if (bpf_map_delete_elem(&pending, &key) == 0)
		send_inet(sock, &who, PICKET_CONNECT, 0, outcome(sock, after));
	return 0;
}
