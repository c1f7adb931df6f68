/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The path of an open file, read from the kernel's own tree: what was opened, whatever was asked for. From the dentry up to the
 * root of its mount, from there on at the mount point, until the root of the mount namespace. Chroots are not believed.
 */
#ifndef PICKET_PATH_H
#define PICKET_PATH_H

#include "maps.h"

#define STEPS 128

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return CAST((void *)vfsmount - bpf_core_field_offset(struct mount, mnt), struct mount);
}

/*
 * Puts `length` (at most 255) bytes before what is there, from s->path_start on; false when there is no room. The cursor lies in
 * memory and not in a register, where the verifier would follow its range from step to step and look at each combination.
 */
static __always_inline bool prepend(struct scratch *s, const void *name, u32 length, bool slash)
{
	u32 at = s->path_start;
	if (at < 512 || at > PATH_END)
		return false;
	length &= 255; /* NAME_MAX; a pipe's name is empty */
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

/* Global, so that it is verified once and not once for each state of each caller; such a function takes no kernel pointers. */
VERIFIED_ONCE int walk_up(struct scratch *s)
{
	if (!s || !s->dentry || !s->vfsmount)
		return 0;
	struct dentry *first = CAST(s->dentry, struct dentry), *d = first;
	struct vfsmount *v = CAST(s->vfsmount, struct vfsmount);
	struct mount *m = mount_of((void *)s->vfsmount);
	struct dentry *root = LOAD(v, mnt_root);
	u32 flags = PICKET_PATH_CUT;

	s->path_start = PATH_END;
	for (int i = 0; i < STEPS; i++) {
		struct dentry *parent = LOAD(d, d_parent);
		if (d == root) {
			struct mount *above = LOAD(m, mnt_parent);
			if (above == m) {
				flags = 0;
				break;
			}
			d = LOAD(m, mnt_mountpoint);
			m = above;
			root = LOAD(m, mnt.mnt_root);
		} else if (parent == d) {
			flags = PICKET_PATH_DETACHED;
			break;
		} else {
			if (!prepend(s, LOAD(d, d_name.name), LOAD(d, d_name.len), true))
				break;
			d = parent;
		}
	}
	if (!LOAD(first, d_hash.pprev) && LOAD(first, d_parent) != first)
		flags |= PICKET_PATH_UNLINKED;
	if (flags == PICKET_PATH_DETACHED && s->path_start == PATH_END &&
	    prepend(s, LOAD(first, d_name.name), LOAD(first, d_name.len), false))
		flags |= PICKET_PATH_NAMED;
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

/* The path of the last walk as a tail of the record. */
static __always_inline tail append_path(struct scratch *s)
{
	u32 at = s->path_start;
	tail none = {};
	if (at >= PATH_END)
		return none;
	return append(s, &s->path[at], s->path_length);
}

#endif
