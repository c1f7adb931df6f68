/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Records of changes: their beginning, their places. */
#ifndef PICKET_CHANGE_H
#define PICKET_CHANGE_H

#include "call.h"
#include "descriptor.h"
#include "emit.h"
#include "path.h"

#define AT_REMOVEDIR 0x200
#define AF_PACKET 17
#define AF_XDP 44
#define SOCK_PACKET 10 /* of IPv4, the kernel makes a packet socket of it */
#define SOCK_RAW 3
#define SOCK_TYPE_MASK 0xf
#define ROOT (-2) /* no number of a folder: the root itself */

typedef struct picket_change_record change;

/*
 * A place in the scratch for what the kinds of calls differ in. The verifier does not follow what lies there: behind it all
 * kinds are one, and the walks are looked at once instead of once for each kind.
 */
#define FORGOTTEN(scratch) ((void *)(scratch)->path)

/* Of sockets only those are told that see or forge whatever passes. */
static __always_inline u32 operation_of_socket(u32 family, u32 type)
{
	if (family == AF_PACKET || family == AF_XDP || (family == AF_INET && type == SOCK_PACKET))
		return PICKET_PACKET_SOCKET;
	return type == SOCK_RAW && (family == AF_INET || family == AF_INET6) ? PICKET_RAW_SOCKET : 0;
}

static __always_inline change *begin_change(struct scratch *s, struct task_struct *task, u32 operation, long result)
{
	change *r = (void *)s->record;
	begin(&r->h, PICKET_TYPE_CHANGE, sizeof(*r), task);
	s->used = sizeof(*r);
	r->value = r->target_start = 0;
	r->target_pid = r->extra = r->path_flags = r->other_flags = 0;
	r->operation = operation;
	r->result = result < 0 ? result : 0;
	r->base = r->path = r->other_base = r->other = (tail){};
	r->how = r->reserved = 0;
	return r;
}

enum place {
	PLACE_OTHER = 1,  /* the other one that the call takes */
	PLACE_KERNEL = 2, /* the text lies in the kernel's memory */
};

/* A path: from the root where the text begins with a slash, else from the folder; without a text the open file itself. */
static __noinline int append_place(struct scratch *s, struct task_struct *task, i32 folder, u64 text, u32 place)
{
	if (!s || !task)
		return 0;
	change *r = (void *)s->record;
	struct dentry *dentry = 0;
	struct vfsmount *mnt = 0;
	struct fs_struct *fs = LOAD(task, fs);
	tail base = {}, path = {};
	u8 first = 0;
	if (text && place & PLACE_KERNEL)
		bpf_probe_read_kernel(&first, sizeof(first), (void *)text);
	else if (text)
		bpf_probe_read_user(&first, sizeof(first), (void *)text);
	if (fs && (first == '/' || folder == ROOT)) {
		dentry = LOAD(fs, root.dentry);
		mnt = LOAD(fs, root.mnt);
	} else if (fs && folder == AT_FDCWD) {
		dentry = LOAD(fs, pwd.dentry);
		mnt = LOAD(fs, pwd.mnt);
	} else {
		struct file *file = file_of(task, folder);
		if (file) {
			dentry = LOAD(file, f_path.dentry);
			mnt = LOAD(file, f_path.mnt);
		}
	}
	s->path_flags = 0;
	if (dentry && mnt) {
		walk(s, dentry, mnt);
		base = append_path(s);
	}
	if (text && place & PLACE_KERNEL)
		path = append_string(s, (const char *)text);
	else if (text)
		path = append_user_string(s, (const char *)text);
	if (place & PLACE_OTHER) {
		r->other_base = base;
		r->other = path;
		r->other_flags = s->path_flags;
	} else {
		r->base = base;
		r->path = path;
		r->path_flags = s->path_flags;
	}
	return 0;
}

#endif
