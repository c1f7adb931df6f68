// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Opens: open, creat, openat, openat2. What was opened is read from the open file itself. A failed open is told by what was asked
 * for: EACCES and EPERM always, ENOENT only where looking for the file says something (`telling`).
 */
#include "call.h"
#include "descriptor.h"
#include "emit.h"
#include "fold.h"
#include "path.h"
#include "text.h"

char LICENSE[] SEC("license") = "GPL";

#define AT_FDCWD (-100)
#define O_WRONLY 1
#define O_CREAT 0100
#define O_TRUNC 01000
#define HEAD 256 /* of an asked path: what it is judged and told apart by */

static __always_inline u32 open_flags(u32 action, struct call *call)
{
	u64 flags = 0;
	if (action == OPEN)
		return call->b;
	if (action == CREAT)
		return O_CREAT | O_WRONLY | O_TRUNC;
	if (action == OPENAT)
		return call->c;
	bpf_probe_read_user(&flags, sizeof(flags), (void *)call->c);
	return flags;
}

static __always_inline const char *asked_path(u32 action, struct call *call)
{
	return (const char *)(action == OPEN || action == CREAT ? call->a : call->b);
}

static __always_inline struct picket_open *begin_open(struct scratch *s, struct task_struct *task, u32 action, struct call *call)
{
	struct picket_open *r = (void *)s->record;
	begin(&r->h, PICKET_TYPE_OPEN, sizeof(*r), task);
	s->used = sizeof(*r);
	r->flags = open_flags(action, call);
	r->inode = 0;
	r->device = r->file_mode = r->inode_mode = r->path_flags = r->reserved = 0;
	r->result = 0;
	r->path = r->asked = r->base = (tail){};
	return r;
}

/*
 * The fingerprint has the file, how it is opened, and its place: mount, name and folder, by the kernel's own hashes of both names
 * (salted with the folder above). So another path to the same file is another record.
 */
static __noinline int opened(struct task_struct *task, u32 action, struct call *call, u32 descriptor)
{
	if (!task || !call)
		return 0;
	struct file *file = file_of(task, descriptor);
	if (!file) {
		count(COUNT_FILE_MISSING, 1);
		return 0;
	}
	struct task_struct *leader = LOAD(task, group_leader);
	struct inode *inode = LOAD(file, f_inode);
	struct super_block *super = LOAD(inode, i_sb);
	struct dentry *dentry = LOAD(file, f_path.dentry);
	struct dentry *parent = LOAD(dentry, d_parent);
	struct vfsmount *mnt = LOAD(file, f_path.mnt);
	struct mount *mount = mount_of(mnt);
	u64 flags = action == OPENAT2 ? LOAD(file, f_flags) : open_flags(action, call);
	u64 hash = fingerprint_of(LOAD(leader, start_boottime), LOAD(task, tgid), PICKET_TYPE_OPEN), fingerprint = 0;
	hash = mix(hash, LOAD(inode, i_ino));
	hash = mix(hash, (u64)LOAD(super, s_dev) << 32 | flags);
	hash = mix(hash, (u64)LOAD(mount, mnt_id) << 32 | LOAD(file, f_mode));
	hash = mix(hash, LOAD(dentry, d_name.hash_len));
	hash = mix(hash, LOAD(parent, d_name.hash_len) ^ (LOAD(dentry, d_hash.pprev) ? 0 : 1));
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;

	struct scratch *s = take_scratch(SCRATCH_CALL);
	if (!s)
		return 0;
	struct picket_open *r = begin_open(s, task, action, call);
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	r->inode = LOAD(inode, i_ino);
	r->device = LOAD(super, s_dev);
	r->file_mode = LOAD(file, f_mode);
	r->inode_mode = LOAD(inode, i_mode);
	walk(s, dentry, mnt);
	r->path_flags = s->path_flags;
	r->path = append_path(s);
	r->asked = append_user_string(s, asked_path(action, call));
	finish(s);
	return 0;
}

/* A file that is asked for though it is not there: under /etc, or a dot file right in a home folder. */
static __always_inline bool telling(const u8 *asked)
{
	if (begins(asked, "/etc/", 5) || begins(asked, "/root/.", 7) || begins(asked, ".ssh/", 5))
		return true;
	if (!begins(asked, "/home/", 6))
		return false;
	for (u32 i = 6; i < 70; i++)
		if (asked[i] == '/')
			return asked[i + 1] == '.';
	return false;
}

static __always_inline void clear_head(struct scratch *s)
{
	for (u32 i = 0; i < HEAD; i += 8)
		*(u64 *)&s->path[i] = 0;
}

/* The folder that a relative path starts from, as a tail. */
static __always_inline tail append_base(struct scratch *s, struct task_struct *task, u32 action, struct call *call)
{
	i32 folder = action == OPEN || action == CREAT ? AT_FDCWD : (i32)call->a;
	tail none = {};
	if (folder == AT_FDCWD) {
		struct fs_struct *fs = LOAD(task, fs);
		if (!fs)
			return none;
		walk(s, LOAD(fs, pwd.dentry), LOAD(fs, pwd.mnt));
	} else {
		struct file *file = file_of(task, folder);
		if (!file)
			return none;
		walk(s, LOAD(file, f_path.dentry), LOAD(file, f_path.mnt));
	}
	return append_path(s);
}

static __noinline int refused(struct task_struct *task, u32 action, struct call *call, i32 result)
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
	finish(s);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(family_file, struct pt_regs *regs, long result)
{
	struct task_struct *task = current_task();
	bool narrow = is_32bit(task);
	u32 action = action_of(LOAD(regs, orig_ax), narrow);
	struct call call = call_of(regs, narrow);
	if (result >= 0)
		opened(task, action, &call, result);
	else if (result == -EACCES || result == -EPERM || result == -ENOENT)
		refused(task, action, &call, result);
	return 0;
}
