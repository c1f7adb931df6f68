// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Isolation of a host: the processes of the cgroup that these are attached to reach their own host (loopback) and the servers of
 * the map, and nothing else. connect and sendmsg tell a program at once; the packet hooks also cut what was connected before,
 * what others send, and what no call is made for.
 *
 * What keeps the host on its network goes on: DHCP, IPv6 neighbour discovery and group membership. ARP has no socket.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "isolation.h"

#define ETH_IP 0x0800
#define ETH_IPV6 0x86dd
#define ICMPV6 58
#define HOP_BY_HOP 0
#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define DHCPV6_SERVER 547
#define DHCPV6_CLIENT 546
/* The loopback device is the first one of each network namespace. */
#define LOOPBACK_DEVICE 1

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PICKET_SERVERS);
	__type(key, struct picket_server);
	__type(value, __u8);
} picket_servers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct picket_limit);
} picket_limits SEC(".maps");

static __always_inline bool over(void)
{
	__u32 first = 0;
	struct picket_limit *limit = bpf_map_lookup_elem(&picket_limits, &first);
	return limit && limit->until && bpf_ktime_get_boot_ns() >= limit->until;
}

static __always_inline bool is_server(const __u32 *address, __u16 port)
{
	struct picket_server key = {};
	__builtin_memcpy(key.address, address, sizeof(key.address));
	key.port = port;
	return bpf_map_lookup_elem(&picket_servers, &key) != 0;
}

static __always_inline void mapped(__u32 *address, __u32 ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = bpf_htonl(0xffff);
	address[3] = ipv4;
}

/* 127.0.0.0/8 and ::1; the unspecified address, which connects to the host itself. */
static __always_inline bool is_own(const __u32 *address)
{
	if (address[0] != 0 || address[1] != 0)
		return false;
	if (address[2] == bpf_htonl(0xffff))
		return (address[3] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000) || address[3] == 0;
	return address[2] == 0 && (address[3] == bpf_htonl(1) || address[3] == 0);
}

static __always_inline int may_connect(const __u32 *address, __u32 protocol, __u16 port)
{
	return over() || is_own(address) || (protocol == IPPROTO_TCP && is_server(address, port));
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *call)
{
	__u32 address[4];
	mapped(address, call->user_ip4);
	return may_connect(address, call->protocol, call->user_port);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *call)
{
	__u32 address[4] = {call->user_ip6[0], call->user_ip6[1], call->user_ip6[2], call->user_ip6[3]};
	return may_connect(address, call->protocol, call->user_port);
}

/* Between a client and a server, by their ports (RFC 2131, 8415), in the network's order: a port of its own keeps others from it. */
static __always_inline bool is_dhcp(__u16 server, __u16 client)
{
	return (server == bpf_htons(DHCP_SERVER) && client == bpf_htons(DHCP_CLIENT)) ||
	       (server == bpf_htons(DHCPV6_SERVER) && client == bpf_htons(DHCPV6_CLIENT));
}

static __always_inline int may_send(struct bpf_sock_addr *call, const __u32 *address)
{
	struct bpf_sock *sock = call->sk;
	return over() || is_own(address) || (sock && is_dhcp(call->user_port, bpf_htons((__u16)sock->src_port)));
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *call)
{
	__u32 address[4];
	mapped(address, call->user_ip4);
	return may_send(call, address);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *call)
{
	__u32 address[4] = {call->user_ip6[0], call->user_ip6[1], call->user_ip6[2], call->user_ip6[3]};
	return may_send(call, address);
}

struct ports {
	__u16 source, destination;
};

/* `address` and the port of `ports` that is meant are those of the other end. */
static __always_inline int may_pass(struct __sk_buff *packet, bool out, __u32 protocol, __u32 offset, const __u32 *address)
{
	struct ports ports;
	if (protocol == ICMPV6) {
		__u8 type;
		if (bpf_skb_load_bytes(packet, offset, &type, sizeof(type)))
			return 0;
		/* Group membership (RFC 2710, 3810) and neighbour discovery (RFC 4861). */
		return (type >= 130 && type <= 137) || type == 143;
	}
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return 0;
	if (bpf_skb_load_bytes(packet, offset, &ports, sizeof(ports)))
		return 0;
	__u16 other = out ? ports.destination : ports.source, own = out ? ports.source : ports.destination;
	return protocol == IPPROTO_TCP ? is_server(address, other) : is_dhcp(other, own);
}

struct ipv4 {
	__u8 version_length, service;
	__u16 length, id, fragment;
	__u8 life, protocol;
	__u16 checksum;
	__u32 source, destination;
};

struct ipv6 {
	__u32 version_flow;
	__u16 length;
	__u8 next, life;
	__u32 source[4], destination[4];
};

static __always_inline int pass4(struct __sk_buff *packet, bool out)
{
	struct ipv4 head;
	__u32 address[4];
	if (bpf_skb_load_bytes(packet, 0, &head, sizeof(head)))
		return 0;
	/* Fragments are put together before they come here, and made after they went. */
	if (head.fragment & bpf_htons(0x1fff))
		return 0;
	mapped(address, out ? head.destination : head.source);
	return may_pass(packet, out, head.protocol, (head.version_length & 15) * 4, address);
}

static __always_inline int pass6(struct __sk_buff *packet, bool out)
{
	struct ipv6 head;
	if (bpf_skb_load_bytes(packet, 0, &head, sizeof(head)))
		return 0;
	__u32 offset = sizeof(head), next = head.next;
	if (next == HOP_BY_HOP) {
		/* Group membership has one before it. */
		__u8 option[2];
		if (bpf_skb_load_bytes(packet, offset, option, sizeof(option)))
			return 0;
		next = option[0];
		offset += (option[1] + 1) * 8;
	}
	return may_pass(packet, out, next, offset, out ? head.destination : head.source);
}

static __always_inline int pass(struct __sk_buff *packet, bool out)
{
	if (over() || packet->ifindex == LOOPBACK_DEVICE)
		return 1;
	if (packet->protocol == bpf_htons(ETH_IP))
		return pass4(packet, out);
	if (packet->protocol == bpf_htons(ETH_IPV6))
		return pass6(packet, out);
	return 0;
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *packet)
{
	return pass(packet, true);
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *packet)
{
	return pass(packet, false);
}

char LICENSE[] SEC("license") = "GPL";
