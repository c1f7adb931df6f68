/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* A system call at its end: its number, its arguments (still in the registers), its result. x86-64 and its 32-bit calls. */
#ifndef PICKET_CALL_H
#define PICKET_CALL_H

#include "kernel.h"

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h */

#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EAGAIN 11
#define EACCES 13
#define ECONNABORTED 103
#define ECONNREFUSED 111
#define EINPROGRESS 115
#define ERESTARTSYS 512

/* What a call of a family does; 0 is of no family. */
enum action {
	NOTHING,
	OPEN,
	CREAT,
	OPENAT,
	OPENAT2,
	FIRST_OF_NETWORK,
	CONNECT = FIRST_OF_NETWORK,
	ACCEPT,
	BIND,
	LISTEN,
	SENDTO,
	SENDMSG,
	SENDMMSG,
	SOCKETCALL,
};

#define CALLS 512

static const u8 actions[CALLS] = {
	[2] = OPEN,     [85] = CREAT,    [257] = OPENAT, [437] = OPENAT2, [42] = CONNECT, [43] = ACCEPT,
	[288] = ACCEPT, [49] = BIND,     [50] = LISTEN,  [44] = SENDTO,   [46] = SENDMSG, [307] = SENDMMSG,
};

static const u8 actions32[CALLS] = {
	[5] = OPEN,     [8] = CREAT,   [295] = OPENAT, [437] = OPENAT2, [362] = CONNECT, [364] = ACCEPT,
	[361] = BIND,   [363] = LISTEN, [369] = SENDTO, [370] = SENDMSG, [345] = SENDMMSG, [102] = SOCKETCALL,
};

static __always_inline bool is_32bit(struct task_struct *task)
{
	return LOAD(task, thread_info.status) & TS_COMPAT;
}

static __always_inline u32 action_of(u32 number, bool narrow)
{
	number &= CALLS - 1;
	return narrow ? actions32[number] : actions[number];
}

struct call {
	bool narrow;
	u64 a, b, c, d, e;
};

static __always_inline struct call call_of(struct pt_regs *regs, bool narrow)
{
	struct call call = {.narrow = narrow};
	if (narrow) {
		call.a = (u32)LOAD(regs, bx);
		call.b = (u32)LOAD(regs, cx);
		call.c = (u32)LOAD(regs, dx);
		call.d = (u32)LOAD(regs, si);
		call.e = (u32)LOAD(regs, di);
	} else {
		call.a = LOAD(regs, di);
		call.b = LOAD(regs, si);
		call.c = LOAD(regs, dx);
		call.d = LOAD(regs, r10);
		call.e = LOAD(regs, r8);
	}
	return call;
}

#endif
