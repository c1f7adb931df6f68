/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What both sides of a host's isolation share: whom it may reach, and until when. */
#ifndef PICKET_ISOLATION_H
#define PICKET_ISOLATION_H

#include <linux/types.h>

/* A server that stays reachable by TCP. An IPv4 address is written as IPv6 does (::ffff:a.b.c.d); the port in network order. */
struct picket_server {
	__u8 address[16];
	__u16 port;
	__u16 unused;
};

#define PICKET_SERVERS 64

/* When it ends by itself, whoever is still there to end it: CLOCK_BOOTTIME, nanoseconds; 0: never. */
struct picket_limit {
	__u64 until;
};

#endif
