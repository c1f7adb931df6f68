/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Changes that have no path: of another process, of the kernel, of its clock; sockets that see or forge whatever passes. */
#ifndef PICKET_NUMBER_H
#define PICKET_NUMBER_H

#include "change.h"
#include "fold.h"
#include "text.h"
#include "trace.h"

#define BPF_PROGRAM_NAME_AT 48 /* of union bpf_attr, here and below */
#define BPF_COMMON_ATTRIBUTES (1u << 16) /* of the command: another argument follows */
#define FMODE_WRITE 2
#define ANON_INODE_MAGIC 0x09041934 /* include/uapi/linux/magic.h */
#define CLOCK_REALTIME 0
#define ADJ_SETOFFSET 0x100
#define TIME_AT 9 /* of struct timex, in words: where an offset is */

/* Time daemons call it all the time to turn the clock slowly: that is not told. */
static __always_inline bool moves_clock(u64 timex)
{
	u32 modes = 0;
	if (bpf_probe_read_user(&modes, sizeof(modes), (void *)timex) != 0)
		count(COUNT_ASKED_UNREADABLE, 1);
	return modes & ADJ_SETOFFSET;
}

static __always_inline u32 operation_of_bpf(u32 command)
{
	return command == BPF_PROG_LOAD ? PICKET_LOAD_PROGRAM : command == BPF_MAP_GET_FD_BY_ID ? PICKET_OPEN_MAP : 0;
}

static __always_inline u32 operation_of(u32 action, struct call *call)
{
	u32 family = call->a, type = call->b & SOCK_TYPE_MASK;
	switch (action) {
	case PTRACE:
		return operation_of_trace(call->a);
	case VM_READ:
		return PICKET_READ_MEMORY;
	case VM_WRITE:
		return PICKET_WRITE_MEMORY;
	case TAKE_DESCRIPTOR:
		return PICKET_TAKE_DESCRIPTOR;
	case BPF:
		return operation_of_bpf((u32)call->a & ~BPF_COMMON_ATTRIBUTES);
	case DELETE_MODULE:
		return PICKET_UNLOAD_MODULE;
	case PERF_EVENT:
		return PICKET_OPEN_COUNTER;
	case USERFAULT:
		return PICKET_HANDLE_FAULTS;
	case SETTIMEOFDAY: /* without a time it sets the zone; stime(2) of 32-bit programs is among them */
		return call->a ? PICKET_SET_CLOCK : 0;
	case CLOCK_SETTIME:
		return (u32)call->a == CLOCK_REALTIME ? PICKET_SET_CLOCK : 0;
	case ADJTIMEX:
		return moves_clock(call->a) ? PICKET_SET_CLOCK : 0;
	case CLOCK_ADJTIME:
		return (u32)call->a == CLOCK_REALTIME && moves_clock(call->b) ? PICKET_SET_CLOCK : 0;
	case SOCKET:
		return operation_of_socket(family, type);
	}
	return 0;
}

static __always_inline bool is_map(struct file *file)
{
	struct inode *inode = LOAD(file, f_inode);
	struct super_block *super = LOAD(inode, i_sb);
	struct dentry *dentry = LOAD(file, f_path.dentry);
	u8 name[8] = {};
	bpf_probe_read_kernel(name, sizeof(name), LOAD(dentry, d_name.name));
	return LOAD(super, s_magic) == ANON_INODE_MAGIC && begins(name, "bpf-map", sizeof("bpf-map"));
}

/*
 * The map that was opened, as the kernel has it. Its number stays 0, which no map has, where another thread has put something else in
 * the descriptor's place already. Gives what tells it from others.
 */
static __always_inline u64 fill_map(change *r, struct scratch *s, u32 asked, struct file *file)
{
	if (!file || !is_map(file))
		return 0;
	u64 at = (u64)BPF_CORE_READ(file, private_data); /* by the helper: see stack_of() */
	struct bpf_map *map = CAST(at, struct bpf_map);
	if (LOAD(map, id) != asked)
		return 0;
	r->value = asked;
	r->extra = LOAD(file, f_mode) & FMODE_WRITE ? 0 : BPF_F_RDONLY;
	r->path = append_string(s, (const char *)(at + bpf_core_field_offset(struct bpf_map, name)));
	return at;
}

/* A change that is told by numbers, and at most a name. */
static __noinline int change_of_number(struct task_struct *task, u32 action, struct call *call, long result)
{
	struct scratch *s = take_scratch(SCRATCH_CALL);
	if (!s || !task || !call)
		return 0;
	u32 operation = operation_of(action, call);
	if (operation == 0)
		return 0;
	change *r = begin_change(s, task, operation, result);
	u64 fingerprint = 0, name = 0;
	u32 asked = 0;
	switch (operation) {
	case PICKET_TRACE:
	case PICKET_WRITE_REGISTERS:
	case PICKET_WRITE_MEMORY:
	case PICKET_READ_MEMORY:
		if (action == PTRACE) {
			fill_traced(r, task, call->b);
			r->value = call->a;
		} else {
			fill_number(r, task, call->a);
		}
		break;
	case PICKET_TAKE_DESCRIPTOR:
		fill_described(r, task, call->a);
		r->value = (u32)call->b;
		break;
	case PICKET_LOAD_PROGRAM:
		bpf_probe_read_user(&r->value, sizeof(u32), (void *)call->b);
		r->path = append_user_string(s, (const char *)call->b + BPF_PROGRAM_NAME_AT);
		bpf_probe_read_user(&name, sizeof(name), (void *)call->b + BPF_PROGRAM_NAME_AT);
		break;
	case PICKET_OPEN_MAP:
		bpf_probe_read_user(&asked, sizeof(asked), (void *)call->b);
		if (result < 0)
			r->value = asked;
		else
			name = fill_map(r, s, asked, file_of(task, result));
		break;
	case PICKET_UNLOAD_MODULE:
		r->path = append_user_string(s, (const char *)call->a);
		break;
	case PICKET_OPEN_COUNTER:
		bpf_probe_read_user(&r->value, sizeof(u32), (void *)call->a);
		break;
	case PICKET_HANDLE_FAULTS:
		r->value = call->a;
		break;
	case PICKET_SET_CLOCK: {
		bool moved = action == ADJTIMEX || action == CLOCK_ADJTIME;
		u64 at = action == CLOCK_SETTIME || action == CLOCK_ADJTIME ? call->b : call->a;
		u32 word = call->narrow ? sizeof(u32) : sizeof(u64);
		bpf_probe_read_user(&r->value, word, (void *)at + (moved ? TIME_AT * word : 0));
		r->extra = moved; /* then the kernel has written the time that it is now */
		break;
	}
	case PICKET_RAW_SOCKET:
	case PICKET_PACKET_SOCKET:
		r->value = (u32)call->c;
		r->extra = call->a;
		break;
	}
	u64 hash = fingerprint_of(r->h.start, r->h.pid, PICKET_TYPE_CHANGE);
	hash = mix(hash, (u64)operation << 32 | (u32)r->result);
	hash = mix(hash, (u64)r->target_pid << 32 | r->extra);
	hash = mix(hash, r->value);
	hash = mix(hash, name);
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	finish(s, CLASS_ACCESS);
	return 0;
}

#endif
