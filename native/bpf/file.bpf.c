// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Opens: open, creat, openat, openat2, open_by_handle_at. What was opened is read from the open file itself. A failed open is told by
 * what was asked for: EACCES and EPERM always, ENOENT only where looking for the file says something (`telling`). So is one that worked
 * and whose descriptor another thread has closed by now.
 */
#include "open.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void clear_head(struct scratch *s)
{
	for (u32 i = 0; i < HEAD; i += 8)
		*(u64 *)&s->path[i] = 0;
}

static __noinline int tell_asked(struct task_struct *task, u32 action, struct call *call, i32 result)
{
	struct scratch *s = take_scratch(SCRATCH_CALL);
	if (!s || !task || !call)
		return 0;
	clear_head(s);
	const char *asked = asked_path(action, call);
	if (bpf_probe_read_user_str(s->path, HEAD, asked) < 0) {
		count(COUNT_ASKED_UNREADABLE, 1);
		return 0;
	}
	if (result == -ENOENT && !telling(s->path))
		return 0;
	struct task_struct *leader = LOAD(task, group_leader);
	u64 hash = fingerprint_of(LOAD(leader, start_boottime), LOAD(task, tgid), PICKET_TYPE_OPEN), fingerprint = 0;
	hash = mix(hash, (u64)(u32)result << 32 | open_flags(action, call));
	for (u32 i = 0; i < HEAD; i += 8)
		hash = mix(hash, *(u64 *)&s->path[i]);
	bool relative = s->path[0] != '/';
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;

	struct picket_open *r = begin_open(s, task, action, call);
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	r->result = result;
	r->asked = append_user_string(s, asked);
	if (relative)
		r->base = append_base(s, task, action, call);
	finish(s, class_of_open(slot, fingerprint));
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(family_file, struct pt_regs *regs, long result)
{
	struct task_struct *task = trusted_task();
	bool narrow = is_32bit(task);
	u32 action = action_of(LOAD(regs, orig_ax), narrow);
	struct call call = call_of(regs, narrow);
	struct file *file = result >= 0 ? file_of(task, result) : 0;
	if (file) {
		u64 opening = opening_of(task, file, flags_of(file, action, &call), 0);
		if (repeats(opening))
			return 0;
		/* A copy: what is handed on by its address would have been stored for the repetitions too. */
		struct call handed = call;
		return opened(task, file, action, &handed, opening);
	}
	if (result >= 0)
		count(COUNT_FILE_MISSING, 1);
	if (action != OPEN_BY_HANDLE && (result >= 0 || result == -EACCES || result == -EPERM || result == -ENOENT)) {
		struct call handed = call;
		tell_asked(task, action, &handed, result < 0 ? result : 0);
	}
	return 0;
}
