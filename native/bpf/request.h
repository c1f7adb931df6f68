/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* A request to io_uring: its number, and its arguments in the kernel's own copy (folder io_uring of its source). */
#ifndef PICKET_REQUEST_H
#define PICKET_REQUEST_H

#include "change.h"
#include "text.h"

#define REQ_FIXED_FILE 1 /* IOSQE_FIXED_FILE and, below, IOSQE_CQE_SKIP_SUCCESS of io_uring(7): the kernel keeps their places */
#define REQ_CQE_SKIP 64
#define ACCEPT_MULTISHOT 1
#define DIRECT 0x100 /* beside an action: what it makes is no descriptor, but an entry of the ring's own table */

struct io_cqe {
	u64 user_data;
	i32 res;
	int fd;
} KERNEL_TYPE;

struct io_uring_cqe {
	u64 user_data;
	i32 res;
} KERNEL_TYPE;

struct io_kiocb {
	struct file *file;
	u8 opcode;
	u64 flags;
	struct io_cqe cqe;
	void *ctx;
	void *async_data;
} KERNEL_TYPE;

struct filename {
	const char *name;
} KERNEL_TYPE;

struct open_how {
	u64 flags;
} KERNEL_TYPE;

struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct open_how how;
} KERNEL_TYPE;

struct io_sr_msg {
	void *umsg;
} KERNEL_TYPE;

/* The beginning of what that points to, in the caller's memory: struct user_msghdr. */
struct user_name {
	void *name;
	int length;
};

struct io_connect {
	void *addr;
	int addr_len;
} KERNEL_TYPE;

struct io_accept {
	int iou_flags;
	u32 file_slot;
} KERNEL_TYPE;

struct io_socket {
	int domain, type, protocol;
} KERNEL_TYPE;

struct io_unlink {
	int dfd, flags;
	struct filename *filename;
} KERNEL_TYPE;

struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
} KERNEL_TYPE;

struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
} KERNEL_TYPE;

struct xattr_name {
	char name[256];
} KERNEL_TYPE;

struct kernel_xattr_ctx {
	struct xattr_name *kname;
} KERNEL_TYPE;

struct io_xattr {
	struct kernel_xattr_ctx ctx;
	struct filename *filename;
} KERNEL_TYPE;

/* What a name is behind in newer kernels (seen on 7.3; 6.18 has the pointer itself). */
struct delayed_filename {
	struct filename *__incomplete_filename;
} KERNEL_TYPE;

struct io_open___delayed {
	struct delayed_filename filename;
} KERNEL_TYPE;

struct io_unlink___delayed {
	struct delayed_filename filename;
} KERNEL_TYPE;

struct io_rename___delayed {
	struct delayed_filename oldpath, newpath;
} KERNEL_TYPE;

struct io_link___delayed {
	struct delayed_filename oldpath, newpath;
} KERNEL_TYPE;

struct io_xattr___delayed {
	struct delayed_filename filename;
} KERNEL_TYPE;

/* The cast has a line of its own: within LOAD its choice by the settings would be looked up among the kernel's types. */
#define NAME_OF(command, type, field)                                                                     \
	(bpf_core_field_exists(struct type, field) ? LOAD(command, field) : ({                            \
		struct type##___delayed *delayed = CAST(command, struct type##___delayed);               \
		LOAD(delayed, field.__incomplete_filename);                                              \
	}))

struct msghdr {
	void *msg_name;
} KERNEL_TYPE;

struct io_async_msghdr {
	struct msghdr msg;
} KERNEL_TYPE;

/* By IORING_OP_…; operations that only newer kernels have are among them, and looked into only where the kernel has their type. */
static const u8 requests[256] = {
	[9] = SENDMSG,    [13] = ACCEPT,   [16] = CONNECT,    [18] = OPENAT,    [26] = SENDTO,   [28] = OPENAT2,
	[35] = RENAMEAT,  [36] = UNLINKAT, [38] = SYMLINKAT,  [39] = LINKAT,    [41] = FSETXATTR, [42] = SETXATTR,
	[45] = SOCKET,    [47] = SENDTO,   [48] = SENDMSG,    [55] = FTRUNCATE, [56] = BIND,     [57] = LISTEN,
};

static __always_inline u32 action_of_request(u8 opcode)
{
	return requests[opcode];
}

/* What a change is done to. Texts lie in the kernel's memory; one without text is done to an open file. */
struct named {
	u32 operation;
	i32 folder, other_folder;
	u64 text, other_text;
	u64 value;
	u32 extra;
	bool plain; /* the other is a text, no path */
};

static __always_inline u64 text_of(struct filename *at)
{
	if (!at)
		return 0;
	struct filename *name = CAST(at, struct filename);
	return (u64)LOAD(name, name);
}

static __always_inline struct named named_of(u32 action, struct io_kiocb *req)
{
	struct named n = {.folder = AT_FDCWD};
	u8 attribute[16] = {};
	switch (action) {
	case RENAMEAT: {
		struct io_rename *c = CAST(req, struct io_rename);
		n.operation = PICKET_RENAME;
		n.folder = LOAD(c, old_dfd);
		n.text = text_of(NAME_OF(c, io_rename, oldpath));
		n.other_folder = LOAD(c, new_dfd);
		n.other_text = text_of(NAME_OF(c, io_rename, newpath));
		n.value = (u32)LOAD(c, flags);
		break;
	}
	case LINKAT: {
		if (!bpf_core_type_exists(struct io_link))
			break;
		struct io_link *c = CAST(req, struct io_link);
		n.operation = PICKET_LINK;
		n.folder = LOAD(c, old_dfd);
		n.text = text_of(NAME_OF(c, io_link, oldpath));
		n.other_folder = LOAD(c, new_dfd);
		n.other_text = text_of(NAME_OF(c, io_link, newpath));
		break;
	}
	case SYMLINKAT: {
		if (!bpf_core_type_exists(struct io_link))
			break;
		struct io_link *c = CAST(req, struct io_link);
		n.operation = PICKET_SYMLINK;
		n.folder = LOAD(c, new_dfd);
		n.text = text_of(NAME_OF(c, io_link, newpath));
		n.other_text = text_of(NAME_OF(c, io_link, oldpath));
		n.plain = true;
		break;
	}
	case UNLINKAT: {
		struct io_unlink *c = CAST(req, struct io_unlink);
		n.operation = LOAD(c, flags) & AT_REMOVEDIR ? PICKET_REMOVE_FOLDER : PICKET_UNLINK;
		n.folder = LOAD(c, dfd);
		n.text = text_of(NAME_OF(c, io_unlink, filename));
		break;
	}
	case SETXATTR:
	case FSETXATTR: {
		if (!bpf_core_type_exists(struct io_xattr))
			break;
		struct io_xattr *c = CAST(req, struct io_xattr);
		struct xattr_name *name = LOAD(c, ctx.kname);
		n.other_text = (u64)name;
		n.plain = true;
		if (action == SETXATTR)
			n.text = text_of(NAME_OF(c, io_xattr, filename));
		else
			n.folder = LOAD(req, cqe.fd);
		if (bpf_probe_read_kernel_str(attribute, sizeof(attribute), name) > 0 && begins(attribute, "security.", 9))
			n.operation = PICKET_SET_ATTRIBUTE;
		break;
	}
	case FTRUNCATE:
		if (!bpf_core_field_exists(struct io_kiocb, cqe))
			break;
		n.operation = PICKET_TRUNCATE;
		n.folder = LOAD(req, cqe.fd);
		break;
	case SOCKET: {
		if (!bpf_core_type_exists(struct io_socket))
			break;
		struct io_socket *c = CAST(req, struct io_socket);
		u32 family = LOAD(c, domain), type = LOAD(c, type) & SOCK_TYPE_MASK;
		n.value = (u32)LOAD(c, protocol);
		n.extra = family;
		n.operation = operation_of_socket(family, type);
		break;
	}
	}
	return n;
}

#endif
