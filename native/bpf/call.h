/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* A system call at its end: its number, its arguments (still in the registers), its result. x86-64 and its 32-bit calls. */
#ifndef PICKET_CALL_H
#define PICKET_CALL_H

#include "access.h"

#define TS_COMPAT 2 /* arch/x86/include/asm/thread_info.h */

#define AT_FDCWD (-100)

#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EAGAIN 11
#define EACCES 13
#define ECONNABORTED 103
#define ECONNREFUSED 111
#define EINPROGRESS 115
#define ECANCELED 125
#define ERESTARTSYS 512

/* What a call of a family does; 0 is of no family. The first ones say something only where names are asked for (names.h). */
enum action {
	NOTHING,
	READ,
	WRITE,
	RECVFROM,
	RECVMSG,
	RECVMMSG,
	LAST_OF_NAMES = RECVMMSG,
	OPEN,
	CREAT,
	OPENAT,
	OPENAT2,
	OPEN_BY_HANDLE,
	FIRST_OF_NETWORK,
	CONNECT = FIRST_OF_NETWORK,
	ACCEPT,
	BIND,
	LISTEN,
	SENDTO,
	SENDMSG,
	SENDMMSG,
	SOCKETCALL,
	FIRST_OF_CHANGE,
	RENAME = FIRST_OF_CHANGE,
	RENAMEAT,
	UNLINK,
	UNLINKAT,
	RMDIR,
	LINK,
	LINKAT,
	SYMLINK,
	SYMLINKAT,
	CHMOD,
	FCHMOD,
	FCHMODAT,
	CHOWN,
	FCHOWN,
	FCHOWNAT,
	TRUNCATE,
	FTRUNCATE,
	SETXATTR,
	SETXATTRAT,
	FSETXATTR,
	REMOVEXATTR,
	REMOVEXATTRAT,
	FREMOVEXATTR,
	MOUNT,
	MOVE_MOUNT,
	MOUNT_SETATTR,
	UNMOUNT,
	CHROOT,
	INIT_MODULE,
	FINIT_MODULE,
	KEXEC,
	KEXEC_FILE,
	EXECVE,
	EXECVEAT,
	FIRST_OF_IDENTITY,
	SETUID = FIRST_OF_IDENTITY,
	SETGID,
	CAPSET,
	SETNS,
	UNSHARE,
	FIRST_OF_NUMBERS,
	PTRACE = FIRST_OF_NUMBERS,
	VM_READ,
	VM_WRITE,
	BPF,
	DELETE_MODULE,
	PERF_EVENT,
	USERFAULT,
	SOCKET,
	SETTIMEOFDAY,
	CLOCK_SETTIME,
	ADJTIMEX,
	CLOCK_ADJTIME,
	TAKE_DESCRIPTOR,
};

#define CALLS 512

static const u8 actions[CALLS] = {
	[0] = READ,     [1] = WRITE,     [45] = RECVFROM, [47] = RECVMSG,   [299] = RECVMMSG,

	[2] = OPEN,     [85] = CREAT,    [257] = OPENAT, [437] = OPENAT2, [304] = OPEN_BY_HANDLE, [42] = CONNECT, [43] = ACCEPT,
	[288] = ACCEPT, [49] = BIND,     [50] = LISTEN,  [44] = SENDTO,   [46] = SENDMSG, [307] = SENDMMSG,

	[82] = RENAME,  [264] = RENAMEAT, [316] = RENAMEAT, [87] = UNLINK, [263] = UNLINKAT, [84] = RMDIR,
	[86] = LINK,    [265] = LINKAT, [88] = SYMLINK, [266] = SYMLINKAT, [90] = CHMOD,  [91] = FCHMOD,
	[268] = FCHMODAT, [452] = FCHMODAT, [92] = CHOWN, [94] = CHOWN, [93] = FCHOWN, [260] = FCHOWNAT,
	[76] = TRUNCATE, [77] = FTRUNCATE, [188] = SETXATTR, [189] = SETXATTR, [190] = FSETXATTR, [197] = REMOVEXATTR,
	[198] = REMOVEXATTR, [199] = FREMOVEXATTR, [165] = MOUNT, [429] = MOVE_MOUNT, [166] = UNMOUNT, [161] = CHROOT,
	[155] = CHROOT, [105] = SETUID, [113] = SETUID, [117] = SETUID, [106] = SETGID, [114] = SETGID,
	[119] = SETGID, [126] = CAPSET, [308] = SETNS, [272] = UNSHARE, [101] = PTRACE, [310] = VM_READ,
	[311] = VM_WRITE, [321] = BPF, [175] = INIT_MODULE, [313] = FINIT_MODULE, [176] = DELETE_MODULE, [298] = PERF_EVENT,
	[323] = USERFAULT, [246] = KEXEC, [320] = KEXEC_FILE, [41] = SOCKET, [59] = EXECVE, [322] = EXECVEAT,
	[463] = SETXATTRAT, [466] = REMOVEXATTRAT, [442] = MOUNT_SETATTR, [164] = SETTIMEOFDAY, [227] = CLOCK_SETTIME, [159] = ADJTIMEX,
	[305] = CLOCK_ADJTIME, [438] = TAKE_DESCRIPTOR,
};

static const u8 actions32[CALLS] = {
	[3] = READ,     [4] = WRITE,   [371] = RECVFROM, [372] = RECVMSG, [337] = RECVMMSG,

	[5] = OPEN,     [8] = CREAT,   [295] = OPENAT, [437] = OPENAT2, [342] = OPEN_BY_HANDLE, [362] = CONNECT, [364] = ACCEPT,
	[361] = BIND,   [363] = LISTEN, [369] = SENDTO, [370] = SENDMSG, [345] = SENDMMSG, [102] = SOCKETCALL,

	[38] = RENAME,  [302] = RENAMEAT, [353] = RENAMEAT, [10] = UNLINK, [301] = UNLINKAT, [40] = RMDIR,
	[9] = LINK,     [303] = LINKAT, [83] = SYMLINK, [304] = SYMLINKAT, [15] = CHMOD,  [94] = FCHMOD,
	[306] = FCHMODAT, [452] = FCHMODAT, [16] = CHOWN, [182] = CHOWN, [198] = CHOWN, [212] = CHOWN,
	[95] = FCHOWN, [207] = FCHOWN, [298] = FCHOWNAT, [92] = TRUNCATE, [193] = TRUNCATE, [93] = FTRUNCATE,
	[194] = FTRUNCATE, [226] = SETXATTR, [227] = SETXATTR, [228] = FSETXATTR, [235] = REMOVEXATTR, [236] = REMOVEXATTR,
	[237] = FREMOVEXATTR, [21] = MOUNT, [429] = MOVE_MOUNT, [22] = UNMOUNT, [52] = UNMOUNT, [61] = CHROOT,
	[217] = CHROOT, [23] = SETUID, [213] = SETUID, [70] = SETUID, [203] = SETUID, [164] = SETUID,
	[208] = SETUID, [46] = SETGID, [214] = SETGID, [71] = SETGID, [204] = SETGID, [170] = SETGID,
	[210] = SETGID, [185] = CAPSET, [346] = SETNS, [310] = UNSHARE, [26] = PTRACE, [347] = VM_READ,
	[348] = VM_WRITE, [357] = BPF, [128] = INIT_MODULE, [350] = FINIT_MODULE, [129] = DELETE_MODULE, [336] = PERF_EVENT,
	[374] = USERFAULT, [283] = KEXEC, [359] = SOCKET, [11] = EXECVE, [358] = EXECVEAT,
	[463] = SETXATTRAT, [466] = REMOVEXATTRAT, [442] = MOUNT_SETATTR, [25] = SETTIMEOFDAY, [79] = SETTIMEOFDAY,
	[264] = CLOCK_SETTIME, [404] = CLOCK_SETTIME, [124] = ADJTIMEX, [343] = CLOCK_ADJTIME, [405] = CLOCK_ADJTIME, [438] = TAKE_DESCRIPTOR,
};

/* The calls of x32 that have numbers of their own, from 512 on (arch/x86/entry/syscalls/syscall_64.tbl); the others share 64-bit's. */
#define X32 0x40000000u

static __always_inline u32 action_of_x32(u32 number)
{
	number &= ~X32;
	if (number < CALLS)
		return actions[number];
	switch (number) {
	case 518:
		return SENDMSG;
	case 520:
		return EXECVE;
	case 521:
		return PTRACE;
	case 528:
		return KEXEC;
	case 538:
		return SENDMMSG;
	case 539:
		return VM_READ;
	case 540:
		return VM_WRITE;
	case 545:
		return EXECVEAT;
	}
	return NOTHING;
}

static __always_inline bool is_interrupted(long result)
{
	return result == -EINTR || result <= -ERESTARTSYS;
}

static __always_inline bool is_32bit(struct task_struct *task)
{
	return LOAD(task, thread_info.status) & TS_COMPAT;
}

static __always_inline u32 action_of(u32 number, bool narrow)
{
	BOUND(number);
	if (number >= CALLS)
		return number & X32 && !narrow ? action_of_x32(number) : NOTHING;
	return narrow ? actions32[number] : actions[number];
}

struct call {
	bool narrow;
	u64 a, b, c, d, e, f;
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
		call.f = (u32)LOAD(regs, bp);
	} else {
		call.a = LOAD(regs, di);
		call.b = LOAD(regs, si);
		call.c = LOAD(regs, dx);
		call.d = LOAD(regs, r10);
		call.e = LOAD(regs, r8);
		call.f = LOAD(regs, r9);
	}
	return call;
}

#endif
