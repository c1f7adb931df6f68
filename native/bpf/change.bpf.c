// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Calls that change something without opening it: names and rights of files, identities, other processes, the kernel; sockets that
 * see or forge whatever passes; execs that failed. Told when they worked, or when they were refused for lack of permission.
 */
#include "change.h"
#include "fold.h"
#include "identity.h"
#include "number.h"
#include "socketcall.h"
#include "text.h"

char LICENSE[] SEC("license") = "GPL";

#define MS_REMOUNT 32
#define CLOCK_SETTIME64_32 404 /* calls of 32-bit programs, since Linux 5.1, with times as wide as everybody's */
#define CLOCK_ADJTIME64_32 405

/* What a call says of its path or paths: where each starts, its text. */
struct places {
	u32 operation;
	i32 folder, other_folder;
	u64 text, other_text;
	u64 value;
	u32 extra;
	bool both, plain; /* `plain`: the other is a text, no path */
};

static __always_inline bool is_security(u64 name)
{
	u8 text[16] = {};
	if (bpf_probe_read_user_str(text, sizeof(text), (void *)name) < 0)
		count(COUNT_ASKED_UNREADABLE, 1);
	return begins(text, "security.", 9);
}

static __always_inline struct places places_of(u32 action, struct call *c)
{
	struct places p = {.folder = AT_FDCWD, .other_folder = AT_FDCWD, .text = c->a};
	switch (action) {
	case RENAME:
	case LINK:
		p.operation = action == RENAME ? PICKET_RENAME : PICKET_LINK;
		p.other_text = c->b;
		p.both = true;
		break;
	case RENAMEAT:
	case LINKAT:
		p.operation = action == RENAMEAT ? PICKET_RENAME : PICKET_LINK;
		p.folder = c->a;
		p.text = c->b;
		p.other_folder = c->c;
		p.other_text = c->d;
		p.both = true;
		break;
	case UNLINK:
		p.operation = PICKET_UNLINK;
		break;
	case UNLINKAT:
		p.operation = c->c & AT_REMOVEDIR ? PICKET_REMOVE_FOLDER : PICKET_UNLINK;
		p.folder = c->a;
		p.text = c->b;
		break;
	case RMDIR:
		p.operation = PICKET_REMOVE_FOLDER;
		break;
	case SYMLINK:
		p.operation = PICKET_SYMLINK;
		p.text = c->b;
		p.other_text = c->a;
		p.plain = true;
		break;
	case SYMLINKAT:
		p.operation = PICKET_SYMLINK;
		p.folder = c->b;
		p.text = c->c;
		p.other_text = c->a;
		p.plain = true;
		break;
	case CHMOD:
		p.operation = PICKET_CHMOD;
		p.value = c->b & 07777;
		break;
	case FCHMOD:
		p.operation = PICKET_CHMOD;
		p.folder = c->a;
		p.text = 0;
		p.value = c->b & 07777;
		break;
	case FCHMODAT:
		p.operation = PICKET_CHMOD;
		p.folder = c->a;
		p.text = c->b;
		p.value = c->c & 07777;
		break;
	case CHOWN:
	case FCHOWN:
		p.operation = PICKET_CHOWN;
		if (action == FCHOWN) {
			p.folder = c->a;
			p.text = 0;
		}
		p.value = (u32)c->b;
		p.extra = c->c;
		break;
	case FCHOWNAT:
		p.operation = PICKET_CHOWN;
		p.folder = c->a;
		p.text = c->b;
		p.value = (u32)c->c;
		p.extra = c->d;
		break;
	case TRUNCATE:
	case FTRUNCATE:
		p.operation = PICKET_TRUNCATE;
		if (action == FTRUNCATE) {
			p.folder = c->a;
			p.text = 0;
		}
		p.value = c->b;
		break;
	case SETXATTRAT:
	case REMOVEXATTRAT:
		p.operation = action == SETXATTRAT ? PICKET_SET_ATTRIBUTE : PICKET_REMOVE_ATTRIBUTE;
		p.folder = c->a;
		p.text = c->b;
		p.other_text = c->d;
		p.plain = true;
		if (!is_security(c->d))
			p.operation = 0;
		break;
	case SETXATTR:
	case FSETXATTR:
	case REMOVEXATTR:
	case FREMOVEXATTR:
		p.operation = action == SETXATTR || action == FSETXATTR ? PICKET_SET_ATTRIBUTE : PICKET_REMOVE_ATTRIBUTE;
		if (action == FSETXATTR || action == FREMOVEXATTR) {
			p.folder = c->a;
			p.text = 0;
		}
		p.other_text = c->b;
		p.plain = true;
		if (!is_security(c->b))
			p.operation = 0;
		break;
	case MOUNT:
		p.operation = PICKET_MOUNT;
		p.text = c->b;
		p.other_text = c->a;
		p.plain = true;
		p.value = c->d;
		break;
	case MOVE_MOUNT:
		p.operation = PICKET_MOUNT;
		p.folder = c->c;
		p.text = c->d;
		p.other_folder = c->a;
		p.other_text = c->b;
		p.both = true;
		break;
	case MOUNT_SETATTR: /* the flags have the values of mount's */
		p.operation = PICKET_MOUNT;
		p.folder = c->a;
		p.text = c->b;
		bpf_probe_read_user(&p.value, sizeof(p.value), (void *)c->d);
		p.value |= MS_REMOUNT;
		break;
	case UNMOUNT:
		p.operation = PICKET_UNMOUNT;
		p.value = c->b;
		break;
	case CHROOT: /* or pivot_root: where it leads is the root by now */
		p.operation = PICKET_CHANGE_ROOT;
		p.folder = ROOT;
		p.text = 0;
		break;
	case INIT_MODULE:
		p.operation = PICKET_LOAD_MODULE;
		p.folder = -1;
		p.text = 0;
		p.other_text = c->c;
		p.plain = true;
		break;
	case FINIT_MODULE:
		p.operation = PICKET_LOAD_MODULE;
		p.folder = c->a;
		p.text = 0;
		p.other_text = c->b;
		p.plain = true;
		break;
	case KEXEC:
	case KEXEC_FILE:
		p.operation = PICKET_LOAD_KERNEL;
		p.folder = action == KEXEC_FILE ? (i32)c->a : -1;
		p.text = 0;
		break;
	case EXECVE:
		p.operation = PICKET_EXECUTE;
		break;
	case EXECVEAT:
		p.operation = PICKET_EXECUTE;
		p.folder = c->a;
		p.text = c->b;
		break;
	}
	return p;
}

/* The name of an attribute, or what a module is given: as much of it as tells those that matter from each other. */
static __always_inline u64 mix_text(u64 hash, u64 text)
{
	u64 words[4] = {};
	bpf_probe_read_user_str(words, sizeof(words), (void *)text);
	for (u32 i = 0; i < 4; i++)
		hash = mix(hash, words[i]);
	return hash;
}

/* One place after another. Calls on an open file come again and again (a database grows): those are folded, by file. */
static __noinline int change_of_file(struct task_struct *task, u32 action, struct call *call, long result)
{
	struct scratch *s = take_scratch(SCRATCH_CALL);
	if (!s || !task || !call)
		return 0;
	struct places *p = FORGOTTEN(s);
	*p = places_of(action, call);
	barrier();
	u64 fingerprint = 0;
	u32 slot = 0;
	if (p->operation == 0)
		return 0;
	struct file *file = p->text == 0 && p->folder >= 0 ? file_of(task, p->folder) : 0;
	if (file) {
		struct task_struct *leader = LOAD(task, group_leader);
		struct inode *inode = LOAD(file, f_inode);
		u64 hash = fingerprint_of(LOAD(leader, start_boottime), LOAD(task, tgid), PICKET_TYPE_CHANGE);
		hash = mix(hash, (u64)p->operation << 32 | (u32)result);
		hash = mix(hash, key_of(inode));
		hash = mix(hash, p->operation == PICKET_TRUNCATE ? p->value == 0 : p->value ^ (u64)p->extra << 32);
		if (p->plain)
			hash = mix_text(hash, p->other_text);
		slot = fold(hash, &fingerprint);
		if (slot == REPEATED)
			return 0;
	}
	change *r = begin_change(s, task, p->operation, result);
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	r->value = p->value;
	r->extra = p->extra;
	append_place(s, task, p->folder, p->text, 0);
	if (p->both)
		append_place(s, task, p->other_folder, p->other_text, PLACE_OTHER);
	else if (p->plain && p->other_text)
		r->other = append_user_string(s, (const char *)p->other_text);
	finish(s, CLASS_CHANGE);
	return 0;
}

static __noinline int change_of_identity(struct task_struct *task, u32 action, u64 value, long result)
{
	if (!task)
		return 0;
	struct picket_identity r = {};
	u64 fingerprint = 0;
	fill_identity(&r, task);
	r.operation = action == SETUID   ? PICKET_SET_USER
		      : action == SETGID ? PICKET_SET_GROUP
		      : action == CAPSET ? PICKET_SET_CAPABILITIES
		      : action == SETNS  ? PICKET_ENTER_NAMESPACE
					 : PICKET_LEAVE_NAMESPACE;
	r.result = result < 0 ? result : 0;
	r.value = value;
	u64 hash = fingerprint_of(r.h.start, r.h.pid, PICKET_TYPE_IDENTITY);
	hash = mix(hash, (u64)r.operation << 32 | (u32)r.result);
	hash = mix(hash, value);
	hash = mix(hash, (u64)r.uid << 32 | r.euid);
	hash = mix(hash, (u64)r.gid << 32 | r.mount_namespace);
	hash = mix(hash, (u64)r.user_namespace << 32 | r.network_namespace);
	hash = mix(hash, (u64)r.ipc_namespace << 32 | r.uts_namespace);
	hash = mix(hash, r.capabilities);
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;
	r.h.slot = slot;
	r.h.fingerprint = fingerprint;
	send(&r, sizeof(r), CLASS_ACCESS);
	return 0;
}

static __always_inline bool worth(u32 action, long result)
{
	if (action == EXECVE || action == EXECVEAT)
		return result < 0 && result != -ENOENT && result > -ERESTARTSYS;
	return result >= 0 || result == -EPERM || result == -EACCES;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(family_change, struct pt_regs *regs, long result)
{
	struct task_struct *task = current_task();
	bool narrow = is_32bit(task);
	u32 number = LOAD(regs, orig_ax), action = action_of(number, narrow);
	struct call call = call_of(regs, narrow);
	if (action == SOCKETCALL)
		action = unfold(&call);
	if (!worth(action, result))
		return 0;
	if (number == CLOCK_SETTIME64_32 || number == CLOCK_ADJTIME64_32)
		call.narrow = false;
	if (action < FIRST_OF_IDENTITY)
		return change_of_file(task, action, &call, result);
	if (action < FIRST_OF_NUMBERS)
		return change_of_identity(task, action, action == SETNS ? call.b : action == CAPSET ? 0 : (u32)call.a, result);
	return change_of_number(task, action, &call, result);
}
