/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* socketcall(2): all calls of sockets in one, of 32-bit programs; its arguments lie in memory. */
#ifndef PICKET_SOCKETCALL_H
#define PICKET_SOCKETCALL_H

#include "call.h"
#include "control.h"

/* Puts the arguments where the call of its own would have them, and gives what that does. */
static __always_inline u32 unfold(struct call *call)
{
	static const u8 of[21] = {[1] = SOCKET, [2] = BIND, [3] = CONNECT, [4] = LISTEN, [5] = ACCEPT, [11] = SENDTO, [12] = RECVFROM, [16] = SENDMSG, [18] = ACCEPT, [20] = SENDMMSG};
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

#endif
