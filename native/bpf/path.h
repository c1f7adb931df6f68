/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The path of an open file, read from the kernel's own tree: what was opened, whatever was asked for. From the dentry up to the
 * root of its mount, from there on at the mount point, until the root of the mount namespace. Chroots are not believed.
 */
#ifndef PICKET_PATH_H
#define PICKET_PATH_H

#include "maps.h"

#ifdef PICKET_BEFORE_5_12
#define STEPS 128
#define STRETCHES 1
#define STRETCH static __always_inline
#else
#define STEPS 16 /* few: the verifier goes through each */
#define STRETCHES 128 /* of STEPS: 4,096 bytes have no more names */
#define STRETCH VERIFIED_ONCE
#endif
#define NAME_MOST 1023          /* NAME_MAX is 255; FUSE lets its files have longer names */
#define NO_NAMESPACE 0xEFFFFFF7u /* of mounts that hang in no tree: MNT_NS_ANON_INO of Linux 6.18, which was 0 before */

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return CAST((void *)vfsmount - bpf_core_field_offset(struct mount, mnt), struct mount);
}

/*
 * Puts `length` (at most NAME_MOST) bytes before what is there, from s->path_start on; false where that is longer than a piece by now.
 * The cursor lies in memory and not in a register, where the verifier would follow its range from step to step and look at each
 * combination.
 */
static __always_inline bool prepend(struct scratch *s, const void *name, u32 length, bool slash)
{
	u32 at = s->path_start;
	if (at < PATH_END - PIECE || at > PATH_END)
		return false;
	length &= NAME_MOST; /* a pipe's name is empty */
	if (length == 0)
		return false;
	u32 to = (at - length) & (PATH_END - 1);
	if (bpf_probe_read_kernel(&s->path[to], length, name) != 0)
		return false;
	if (slash) {
		to = (to - 1) & (PATH_END - 1);
		s->path[to] = '/';
	}
	s->path_start = to;
	return true;
}

#define SHORT_NAME 32 /* What is shorter lies in the entry itself, with whatever behind it. */

/*
 * The same with a name of at most SHORT_NAME - 1 bytes: eight at a time by plain loads, without the helper. The last eight reach into
 * what was there, which is put back.
 */
static __always_inline bool prepend_short(struct scratch *s, struct dentry *entry, u32 length)
{
	u32 at = s->path_start;
	if (at < PATH_END - PIECE || at > PATH_END || length == 0)
		return false;
	const u64 *from = (void *)entry + (bpf_core_field_exists(struct dentry, d_shortname)
						   ? bpf_core_field_offset(struct dentry, d_shortname)
						   : bpf_core_field_offset(struct dentry___before_6_14, d_iname));
	u32 to = (at - length) & (PATH_END - 1);
	u64 *into = word_at(&s->path[to]), *end = word_at(&s->path[at]), behind = *end;
	into[0] = from[0];
	if (length > 8)
		into[1] = from[1];
	if (length > 16)
		into[2] = from[2];
	if (length > 24)
		into[3] = from[3];
	*end = behind;
	to = (to - 1) & (PATH_END - 1);
	s->path[to] = '/';
	s->path_start = to;
	return true;
}

/* The same with the name of an entry, or the end of one that is longer still: then false. */
static __always_inline bool prepend_name(struct scratch *s, struct dentry *entry)
{
	u32 length = LOAD(entry, d_name.len), over = length > NAME_MOST ? length - NAME_MOST : 0;
#ifndef PICKET_BEFORE_6_2
	if (length < SHORT_NAME)
		return prepend_short(s, entry, length);
#endif
	return prepend(s, LOAD(entry, d_name.name) + over, length - over, over == 0) && over == 0;
}

/* The walk is over: an empty path is the root, one longer than a piece loses its beginning. */
static __always_inline void end_path(struct scratch *s, u32 flags)
{
	u32 at = s->path_start;
	if (at >= PATH_END) {
		at = PATH_END - 1;
		s->path[at] = '/';
	}
	if (at < PATH_END - PIECE) {
		at = PATH_END - PIECE;
		flags |= PICKET_PATH_CUT;
	}
	if (flags & PICKET_PATH_CUT)
		count(COUNT_PATH_CUT, 1);
	s->path_start = at;
	s->path_length = PATH_END - at;
	s->path_flags = flags;
}

/* A mount without one above it is the root of a mount namespace, or one that was not put anywhere, or taken away lazily. */
static __always_inline bool is_detached(struct mount *mount)
{
	struct mnt_namespace *space = LOAD(mount, mnt_ns);
	u32 number = space ? LOAD(space, ns.inum) : 0;
	return number == 0 || number == NO_NAMESPACE;
}

static __always_inline bool is_folder(struct dentry *entry)
{
	struct inode *inode = LOAD(entry, d_inode);
	return inode && (LOAD(inode, i_mode) & S_IFMT) == S_IFDIR;
}

/*
 * A stretch of the way up, from s->dentry and s->vfsmount on, which then are where it goes on; 0 where it does not. s->path_flags has
 * PICKET_PATH_CUT until the way is at its end. In a mount that hangs in no tree it leads up to the root of the file system.
 * Global, so that it is verified once and not once for each state of each caller; such a function takes no kernel pointers.
 */
STRETCH int walk_stretch(struct scratch *s)
{
	if (!s || !s->dentry || !s->vfsmount)
		return 0;
	struct dentry *d = CAST(s->dentry, struct dentry);
	struct mount *m = mount_of((void *)s->vfsmount);
	struct dentry *root = s->path_flags & PICKET_PATH_DETACHED ? 0 : LOAD(m, mnt.mnt_root);

	for (int i = 0; i < STEPS; i++) {
		struct dentry *parent = LOAD(d, d_parent);
		if (d == root) {
			struct mount *above = LOAD(m, mnt_parent);
			if (above != m) {
				d = LOAD(m, mnt_mountpoint);
				m = above;
				root = LOAD(m, mnt.mnt_root);
			} else if (is_detached(m)) {
				s->path_flags |= PICKET_PATH_DETACHED;
				root = 0;
			} else {
				s->path_flags = 0;
				return 0;
			}
		} else if (parent == d) {
			s->path_flags = PICKET_PATH_DETACHED;
			return 0;
		} else {
			if (!prepend_name(s, d))
				return 0;
			d = parent;
		}
	}
	s->dentry = (u64)d;
	s->vfsmount = (u64)m + bpf_core_field_offset(struct mount, mnt);
	return 1;
}

VERIFIED_ONCE int walk_up(struct scratch *s)
{
	if (!s || !s->dentry)
		return 0;
	struct dentry *first = CAST(s->dentry, struct dentry);
	s->path_start = PATH_END;
	s->path_flags = PICKET_PATH_CUT;
	for (int i = 0; i < STRETCHES; i++)
		if (!walk_stretch(s))
			break;
	u32 flags = s->path_flags;
	if (!LOAD(first, d_hash.pprev) && LOAD(first, d_parent) != first)
		flags |= PICKET_PATH_UNLINKED;
	/* A folder here is the root of a file system. */
	if (flags == PICKET_PATH_DETACHED && s->path_start == PATH_END && !is_folder(first)) {
		flags |= PICKET_PATH_NAMED;
		prepend(s, LOAD(first, d_name.name), LOAD(first, d_name.len), false);
	}
	end_path(s, flags);
	return 0;
}

/* Leaves the path in the scratch: path_start, path_length (at most PIECE), path_flags. */
static __always_inline void walk(struct scratch *s, struct dentry *dentry, struct vfsmount *vfsmount)
{
	s->dentry = (u64)dentry;
	s->vfsmount = (u64)vfsmount;
	walk_up(s);
}

#define SHORT_PATH 128

/* The path of the last walk as a tail of the record. A short one is copied here, eight bytes at a time, without the helper. */
static __always_inline tail append_path(struct scratch *s)
{
	u64 from = s->path_start, at = s->used, length = s->path_length;
	tail none = {};
	BOUND(from);
	BOUND(at);
	if (from >= PATH_END)
		return none;
	if (length > SHORT_PATH || at >= RECORD_SPAN)
		return append(s, &s->path[from], length);
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SHORT_PATH && i < length; i += 8)
		*word_at(&s->record[at + i]) = *word_at(&s->path[from + i]);
	s->used = at + length;
	return (tail){.offset = at, .length = length};
}

#endif
