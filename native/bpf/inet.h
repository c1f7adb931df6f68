/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Network records from a TCP or UDP socket. */
#ifndef PICKET_INET_H
#define PICKET_INET_H

#include <bpf/bpf_endian.h>
#include "call.h"
#include "descriptor.h"
#include "emit.h"
#include "fold.h"

#define AF_UNIX 1
#define SOCK_STREAM 1
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define SOCK_DONE 2 /* the bit of enum sock_flags: the peer sends no more */
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_MPTCP 262
#define SHUT_BOTH 3 /* SHUTDOWN_MASK of include/net/sock.h: the socket was closed, not refused */
#define BY(how) ((how) << 8)

/* sockaddr_in and sockaddr_in6 in one. */
struct peer {
	u16 family, port;
	union {
		u32 v4;
		struct {
			u32 flow;
			u8 v6[16];
		};
	};
};

static __always_inline struct asker asker_of(struct task_struct *task)
{
	struct task_struct *leader = LOAD(task, group_leader);
	return (struct asker){
		.start = LOAD(leader, start_boottime), .pid = LOAD(task, tgid), .thread = LOAD(task, pid)};
}

static __always_inline void copy_v6(struct sock *sock, bool remote, address *into)
{
	const void *from = (void *)sock + (remote ? bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr)
						  : bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr));
	bpf_probe_read_kernel(into, sizeof(*into), from);
}

static __always_inline void fill_local(struct picket_network *r, struct sock *sock, u32 family)
{
	if (family == AF_INET)
		*(u32 *)&r->local = LOAD(sock, __sk_common.skc_rcv_saddr);
	else
		copy_v6(sock, false, &r->local);
	r->local_port = LOAD(sock, __sk_common.skc_num);
}

static __always_inline void fill_remote(struct picket_network *r, struct sock *sock, u32 family)
{
	if (family == AF_INET)
		*(u32 *)&r->remote = LOAD(sock, __sk_common.skc_daddr);
	else
		copy_v6(sock, true, &r->remote);
	r->remote_port = bpf_ntohs(LOAD(sock, __sk_common.skc_dport));
}

/* From the caller's memory; what a request to io_uring gave is a copy in the kernel's. */
static __always_inline bool read_peer(struct peer *peer, u64 target, u32 how)
{
	if (how)
		return bpf_probe_read_kernel(peer, sizeof(*peer), (void *)target) == 0;
	if (bpf_probe_read_user(peer, 16, (void *)target) != 0)
		return false;
	return peer->family != AF_INET6 || bpf_probe_read_user(peer, sizeof(*peer), (void *)target) == 0;
}

/* An address that the caller gave. An IPv6 socket takes an IPv4 address too: the record's family is the address's. */
static __always_inline bool fill_given(address *into, u16 *port, u8 *family, u64 target, u32 how)
{
	struct peer peer = {};
	if (!read_peer(&peer, target, how)) {
		count(COUNT_ADDRESS_UNREADABLE, 1);
		return false;
	}
	*port = bpf_ntohs(peer.port);
	*family = peer.family == AF_INET6 ? 6 : 4;
	if (peer.family == AF_INET6)
		__builtin_memcpy(into, peer.v6, 16);
	else
		*(u32 *)into = peer.v4;
	return true;
}

/* From here on it is known whose connection the socket is; false where there is no room for it. */
static __always_inline bool note_connection(struct sock *sock, struct asker *who, struct picket_network *r)
{
	u64 key = (u64)sock;
	struct connection made = {.who = *who,
				  .since = bpf_ktime_get_boot_ns(),
				  .local_port = r->local_port,
				  .accepted = r->operation == PICKET_ACCEPT};
	if (LOAD(sock, __sk_common.skc_state) == TCP_CLOSE || bpf_map_update_elem(&picket_connections, &key, &made, BPF_ANY) == 0)
		return true;
	count(COUNT_CONNECTIONS_FULL, 1);
	return false;
}

/*
 * `given`: where the caller's address lies, if that is to be told instead of the socket's; else 0. `what`: operation and BY(how). -1 where
 * a connection was made that there is no room to follow. (`used`: where no caller takes the result the compiler would drop it, and the
 * verifier refuses what else lies in its register.)
 */
__attribute__((used)) static __noinline int send_inet(struct sock *sock, struct asker *who, u32 what, u64 given, int result)
{
	u32 operation = what & 0xff, how = what >> 8;
	struct picket_network r = {};
	int followed = 0;
	if (!sock || !who)
		return 0;
	u32 family = LOAD(sock, __sk_common.skc_family);
	r.family = family == AF_INET ? 4 : 6;
	r.operation = operation;
	r.protocol = LOAD(sock, sk_protocol);
	r.result = result;
	r.how = how;
	fill_local(&r, sock, family);
	if (operation == PICKET_BIND && given)
		fill_given(&r.local, &r.local_port, &r.family, given, how);
	else if (operation == PICKET_CONNECT && given)
		fill_given(&r.remote, &r.remote_port, &r.family, given, how);
	else if (operation == PICKET_CONNECT || operation == PICKET_ACCEPT)
		fill_remote(&r, sock, family);
	/* Connecting to no address (AF_UNSPEC) takes an address away: nobody is reached. What is neither TCP nor UDP has no ports. */
	bool ports_count = r.protocol == IPPROTO_TCP || r.protocol == IPPROTO_UDP;
	bool nowhere = ports_count ? r.remote_port == 0 : (*(u64 *)&r.remote | *((u64 *)&r.remote + 1)) == 0;
	if (operation == PICKET_CONNECT && result == 0 && nowhere)
		return 0;

	if (r.protocol == IPPROTO_TCP && result == 0 && !given && (operation == PICKET_CONNECT || operation == PICKET_ACCEPT))
		followed = note_connection(sock, who, &r) ? 0 : -1;

	/* The port that the kernel picked tells nobody apart: the caller's in a connect, the peer's in an accept. */
	u64 ports = operation == PICKET_CONNECT ? r.remote_port : r.local_port;
	u64 hash = fingerprint_of(who->start, who->pid, PICKET_TYPE_NETWORK);
	hash = mix(hash, (u64)what << 52 | (u64)r.family << 48 | (u64)r.protocol << 32 | (u32)result);
	hash = mix(hash, ports);
	hash = mix(hash, *(u64 *)&r.remote);
	hash = mix(hash, *((u64 *)&r.remote + 1));
	if (operation != PICKET_CONNECT) {
		hash = mix(hash, *(u64 *)&r.local);
		hash = mix(hash, *((u64 *)&r.local + 1));
	}
	r.h.slot = fold(hash, &r.h.fingerprint);
	if (r.h.slot == REPEATED)
		return followed;
	r.h.type = PICKET_TYPE_NETWORK;
	r.h.length = sizeof(r);
	r.h.time = bpf_ktime_get_boot_ns();
	r.h.start = who->start;
	r.h.pid = who->pid;
	r.h.thread = who->thread;
	r.h.count = 1;
	send(&r, sizeof(r), CLASS_NETWORK);
	return followed;
}

#endif
