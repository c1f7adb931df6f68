/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Records of opens. What was opened is read from the open file itself. */
#ifndef PICKET_OPEN_H
#define PICKET_OPEN_H

#include "call.h"
#include "descriptor.h"
#include "emit.h"
#include "fold.h"
#include "path.h"
#include "text.h"

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
	if (action == OPENAT || action == OPEN_BY_HANDLE)
		return call->c;
	bpf_probe_read_user(&flags, sizeof(flags), (void *)call->c);
	return flags;
}

/* 0 where nothing was asked for by a path. */
static __always_inline const char *asked_path(u32 action, struct call *call)
{
	if (action == OPEN_BY_HANDLE)
		return 0;
	return (const char *)(action == OPEN || action == CREAT ? call->a : call->b);
}

static __always_inline struct picket_open *begin_open(struct scratch *s, struct task_struct *task, u32 action, struct call *call)
{
	struct picket_open *r = (void *)s->record;
	begin(&r->h, PICKET_TYPE_OPEN, sizeof(*r), task);
	s->used = sizeof(*r);
	r->flags = open_flags(action, call);
	r->inode = 0;
	r->device = r->file_mode = r->inode_mode = r->path_flags = r->how = 0;
	r->result = 0;
	r->path = r->asked = r->base = (tail){};
	return r;
}

/*
 * What an open is told apart by: the file, how it is opened, and its place: mount, name and folder, by the kernel's own hashes of both
 * names (salted with the folder above). So another path to the same file is another record.
 */
static __always_inline u64 opening_of(struct task_struct *task, struct file *file, u64 flags, u32 how)
{
	struct task_struct *leader = LOAD(task, group_leader);
	struct inode *inode = LOAD(file, f_inode);
	struct super_block *super = LOAD(inode, i_sb);
	struct dentry *dentry = LOAD(file, f_path.dentry);
	struct dentry *parent = LOAD(dentry, d_parent);
	struct vfsmount *mnt = LOAD(file, f_path.mnt);
	struct mount *mount = mount_of(mnt);
	u64 hash = fingerprint_of(LOAD(leader, start_boottime), LOAD(task, tgid), PICKET_TYPE_OPEN);
	hash = mix(hash, LOAD(inode, i_ino));
	hash = mix(hash, (u64)LOAD(super, s_dev) << 32 | flags);
	hash = mix(hash, (u64)LOAD(mount, mnt_id) << 32 | LOAD(file, f_mode));
	hash = mix(hash, LOAD(dentry, d_name.hash_len));
	return mix(hash, LOAD(parent, d_name.hash_len) ^ (LOAD(dentry, d_hash.pprev) ? 0 : 1) ^ (u64)how << 32);
}

static __always_inline u64 flags_of(struct file *file, u32 action, struct call *call)
{
	return action == OPENAT2 ? LOAD(file, f_flags) : open_flags(action, call);
}

static __always_inline u32 class_of_open(u32 slot, u64 fingerprint)
{
	return slot || !fingerprint ? CLASS_OPEN : CLASS_REPEAT;
}

/*
 * `what`: action, and how shifted by eight. Of a request to io_uring the asked path lies in the kernel's memory, and `call->d` is its
 * length.
 */
static __noinline int opened(struct task_struct *task, struct file *file, u32 what, struct call *call, u64 hash)
{
	if (!task || !file || !call)
		return 0;
	u32 action = what & 0xff, how = what >> 8;
	struct inode *inode = LOAD(file, f_inode);
	struct super_block *super = LOAD(inode, i_sb);
	struct dentry *dentry = LOAD(file, f_path.dentry);
	struct vfsmount *mnt = LOAD(file, f_path.mnt);
	u64 fingerprint = 0;
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;
	u32 class = class_of_open(slot, fingerprint);
	/* Before the path is walked: what is shed costs next to nothing. */
	u64 waits = waiting_bytes();
	if (!has_room(class, waits)) {
		forget(slot, fingerprint);
		return 0;
	}

	struct scratch *s = take_scratch(how ? SCRATCH_URING : SCRATCH_CALL);
	if (!s)
		return 0;
	struct picket_open *r = begin_open(s, task, action, call);
	r->how = how;
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	r->inode = LOAD(inode, i_ino);
	r->device = LOAD(super, s_dev);
	r->file_mode = LOAD(file, f_mode);
	r->inode_mode = LOAD(inode, i_mode);
	walk(s, dentry, mnt);
	r->path_flags = s->path_flags;
	r->path = append_path(s);
	if (how)
		r->asked = append(s, asked_path(action, call), call->d);
	else if (action != OPEN_BY_HANDLE)
		r->asked = append_user_string(s, asked_path(action, call));
	finish_behind(waits, s, class);
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

/* The folder that a relative path starts from, as a tail. */
static __always_inline tail append_base(struct scratch *s, struct task_struct *task, u32 action, struct call *call)
{
	i32 folder = action == OPEN || action == CREAT ? AT_FDCWD : (i32)call->a;
	struct fs_struct *fs = LOAD(task, fs);
	struct file *file = folder == AT_FDCWD ? 0 : file_of(task, folder);
	struct dentry *dentry = 0;
	struct vfsmount *mnt = 0;
	if (file) {
		dentry = LOAD(file, f_path.dentry);
		mnt = LOAD(file, f_path.mnt);
	} else if (fs && folder == AT_FDCWD) {
		dentry = LOAD(fs, pwd.dentry);
		mnt = LOAD(fs, pwd.mnt);
	}
	if (!dentry || !mnt)
		return (tail){};
	walk(s, dentry, mnt);
	return append_path(s);
}

#endif
