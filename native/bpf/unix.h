/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Connects of unix sockets: the path of the socket that was reached, or the name that was asked for; that of a datagram. */
#ifndef PICKET_UNIX_H
#define PICKET_UNIX_H

#include "call.h"
#include "emit.h"
#include "fold.h"
#include "path.h"

#define UNIX_MOST 110 /* sizeof(struct sockaddr_un) */
#define UNIX_SPAN 112 /* the same in whole words */
#define UNIX_NAME_AT 2
#define DATAGRAM 0x10000 /* the socket is not connected: nobody but the caller knows where it goes to */
#define BY_WAY(how) ((how) << 24)

/* The peer's name: a walked path, or the abstract name as it was given to bind. */
static __always_inline tail peer_name(struct scratch *s, struct sock *sock)
{
	struct unix_sock *own = CAST(sock, struct unix_sock);
	struct sock *other = LOAD(own, peer);
	tail none = {};
	s->path_flags = 0;
	if (!other)
		return none;
	struct unix_sock *peer = CAST(other, struct unix_sock);
	struct dentry *dentry = LOAD(peer, path.dentry);
	if (dentry) {
		walk(s, dentry, LOAD(peer, path.mnt));
		return append_path(s);
	}
	struct unix_address *bound = LOAD(peer, addr);
	if (!bound)
		return none;
	bound = CAST(bound, struct unix_address);
	u32 length = LOAD(bound, len) - UNIX_NAME_AT;
	if (length > 108)
		return none;
	return append(s, (void *)bound + bpf_core_field_offset(struct unix_address, name) + UNIX_NAME_AT, length);
}

/* The name as asked for, from the sockaddr_un of `length` bytes in s->path; a path ends at its NUL, an abstract name does not. */
static __always_inline tail asked_name(struct scratch *s, u64 length)
{
	if (s->path[UNIX_NAME_AT] != 0)
		return append_string(s, (const char *)&s->path[UNIX_NAME_AT]);
	return append(s, &s->path[UNIX_NAME_AT], length - UNIX_NAME_AT);
}

/* What tells a folder or a socket's file from others. */
static __always_inline u64 key_of_name(struct dentry *dentry)
{
	struct inode *inode = dentry ? LOAD(dentry, d_inode) : 0;
	return inode ? key_of(inode) : 0;
}

/* The folder that a relative path begins in. */
static __always_inline u64 place_of_text(struct fs_struct *fs)
{
	return fs ? key_of_name(LOAD(fs, pwd.dentry)) : 0;
}

static __always_inline u64 place_of_peer(struct sock *sock)
{
	struct unix_sock *own = CAST(sock, struct unix_sock);
	struct sock *other = LOAD(own, peer);
	struct unix_sock *peer = other ? CAST(other, struct unix_sock) : 0;
	return peer ? key_of_name(LOAD(peer, path.dentry)) : 0;
}

/* `given`: bytes of the address, DATAGRAM, and BY_WAY(how); what a request to io_uring gave is a copy in the kernel's memory. */
static __noinline int unix_reach(struct task_struct *task, struct sock *sock, u64 target, u32 given, int result)
{
	u32 how = given >> 24;
	struct scratch *s = take_scratch(how ? SCRATCH_URING : SCRATCH_CALL);
	u64 length = given & 0xffff;
	bool asked = result < 0 || given & DATAGRAM;
	if (!s || !task || !sock || length <= UNIX_NAME_AT)
		return 0;
	if (result != 0 && result != -EACCES && result != -EPERM && result != -ECONNREFUSED)
		return 0;
	struct task_struct *leader = LOAD(task, group_leader);
	u64 hash = fingerprint_of(LOAD(leader, start_boottime), LOAD(task, tgid), PICKET_TYPE_UNIX), fingerprint = 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < UNIX_SPAN; i += 8)
		*(u64 *)&s->path[i] = 0;
	BOUND(length);
	if (length > UNIX_MOST)
		return 0;
	long failed = how ? bpf_probe_read_kernel(s->path, length, (void *)target) : bpf_probe_read_user(s->path, length, (void *)target);
	if (failed) {
		count(COUNT_ADDRESS_UNREADABLE, 1);
		return 0;
	}
	/* Unrolled, its words would all lie on the stack at once, which is 512 bytes for all functions together. */
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < UNIX_SPAN; i += 8)
		hash = mix(hash, *(u64 *)&s->path[i]);
	hash = mix(hash, (u64)how << 32 | (u32)result);
	bool relative = asked && s->path[UNIX_NAME_AT] != 0 && s->path[UNIX_NAME_AT] != '/';
	struct fs_struct *fs = relative ? LOAD(task, fs) : 0;
	/* The same text means another socket from another folder, and a name another one once something else has it. */
	hash = mix(hash, asked ? place_of_text(fs) : place_of_peer(sock));
	u32 slot = fold(hash, &fingerprint);
	if (slot == REPEATED)
		return 0;

	struct picket_unix *r = (void *)s->record;
	begin(&r->h, PICKET_TYPE_UNIX, sizeof(*r), task);
	s->used = sizeof(*r);
	r->h.slot = slot;
	r->h.fingerprint = fingerprint;
	r->result = result;
	r->how = how;
	r->path_flags = 0;
	r->base = (tail){};
	r->reserved = 0;
	r->path = asked ? asked_name(s, length) : peer_name(s, sock);
	if (!asked)
		r->path_flags = s->path_flags;
	if (fs) {
		walk(s, LOAD(fs, pwd.dentry), LOAD(fs, pwd.mnt));
		r->base = append_path(s);
	}
	finish(s, CLASS_CHANGE);
	return 0;
}

#endif
