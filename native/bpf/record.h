/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The contract between the kernel programs and user space. Each record is listed once, as FIELD(type, name): the structs below
 * and the layout table that the addon exports (src/layout.cc) are both made from the same list, so they can't drift apart.
 *
 * A record is a header, its own fields, and the bytes of its tails: a `tail` field says where in the record they lie.
 * Times are nanoseconds of CLOCK_BOOTTIME. `start` is the start of the process (its thread group leader).
 */
#ifndef PICKET_RECORD_H
#define PICKET_RECORD_H

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 i32;

/* Where a variable part lies: bytes from the start of the record, and its length. */
typedef struct {
	u16 offset;
	u16 length;
} tail;

/* An IPv6 address, or an IPv4 address in the first four bytes; network order. */
typedef struct {
	u8 octets[16];
} address;

/*
 * `count` is how often it happened; the kernel always sends 1, user space sends a copy with the folded rest (fold.h).
 * `slot` is the record's place in the fold table plus one, 0 where it has none; `fingerprint` is what it is known by there.
 */
#define PICKET_HEADER(FIELD) \
	FIELD(u32, type)     \
	FIELD(u32, length)   \
	FIELD(u64, time)     \
	FIELD(u64, start)    \
	FIELD(u32, pid)      \
	FIELD(u32, thread)   \
	FIELD(u32, count)    \
	FIELD(u32, slot)     \
	FIELD(u64, fingerprint)

/*
 * `exe_*` is the identity of the executable's file: which version of which file it is. `loader` has the variables of the environment
 * that tell the dynamic loader to bring other code in, each ended by NUL. `capabilities` are the effective ones.
 */
#define PICKET_EXEC(FIELD)         \
	FIELD(u64, parent_start)   \
	FIELD(u64, cgroup_id)      \
	FIELD(u64, capabilities)   \
	FIELD(u64, exe_inode)      \
	FIELD(u64, exe_bytes)      \
	FIELD(u64, exe_changed)    \
	FIELD(u32, exe_changed_nanos) \
	FIELD(u32, exe_device)     \
	FIELD(u32, parent_pid)     \
	FIELD(u32, uid)            \
	FIELD(u32, euid)           \
	FIELD(u32, gid)            \
	FIELD(u32, loginuid)       \
	FIELD(u32, mount_namespace) \
	FIELD(u32, pid_namespace)  \
	FIELD(u32, user_namespace) \
	FIELD(u32, network_namespace) \
	FIELD(u32, ipc_namespace)  \
	FIELD(u32, uts_namespace)  \
	FIELD(u32, args_bytes)     \
	FIELD(u32, exec_flags)     \
	FIELD(u32, path_flags)     \
	FIELD(tail, exe)           \
	FIELD(tail, args)          \
	FIELD(tail, cwd)           \
	FIELD(tail, asked)         \
	FIELD(tail, cgroup)        \
	FIELD(tail, loader)

/* Arguments that have no room in the exec's record, which follows: the bytes from `at` on. */
#define PICKET_ARGUMENTS(FIELD)  \
	FIELD(u32, at)           \
	FIELD(tail, text)

#define PICKET_FORK(FIELD)       \
	FIELD(u64, child_start)  \
	FIELD(u32, child_pid)    \
	FIELD(u32, reserved)

/* `status` is what wait(2) gives the parent. */
#define PICKET_EXIT(FIELD)       \
	FIELD(u64, run_nanos)    \
	FIELD(u32, status)       \
	FIELD(u32, reserved)

/*
 * `base` is the folder that a relative `asked` starts from; only where `path` is not known: the open failed, or gave no descriptor.
 * `how`, here and below: bits of enum picket_how.
 */
#define PICKET_OPEN(FIELD)       \
	FIELD(u64, inode)        \
	FIELD(u32, device)       \
	FIELD(u32, flags)        \
	FIELD(u32, file_mode)    \
	FIELD(u32, inode_mode)   \
	FIELD(u32, path_flags)   \
	FIELD(i32, result)       \
	FIELD(tail, path)        \
	FIELD(tail, asked)       \
	FIELD(tail, base)        \
	FIELD(u32, how)

/* `operation` is one of enum picket_operation; `family` is 4 or 6; ports are in host order. */
#define PICKET_NETWORK(FIELD)      \
	FIELD(address, local)      \
	FIELD(address, remote)     \
	FIELD(u16, local_port)     \
	FIELD(u16, remote_port)    \
	FIELD(u16, protocol)       \
	FIELD(u8, family)          \
	FIELD(u8, operation)       \
	FIELD(i32, result)         \
	FIELD(u32, how)

/* `base` is the folder that a relative `path` starts from. */
#define PICKET_UNIX(FIELD)       \
	FIELD(u32, path_flags)   \
	FIELD(i32, result)       \
	FIELD(tail, path)        \
	FIELD(tail, base)        \
	FIELD(u32, how)          \
	FIELD(u32, reserved)

/* A TCP connection that is over: bytes of its data, sent ones once however often, and how long it was open. */
#define PICKET_CLOSE(FIELD)        \
	FIELD(address, local)      \
	FIELD(address, remote)     \
	FIELD(u64, sent)           \
	FIELD(u64, received)       \
	FIELD(u64, run_nanos)      \
	FIELD(u16, local_port)     \
	FIELD(u16, remote_port)    \
	FIELD(u8, family)          \
	FIELD(u8, accepted)        \
	FIELD(u16, reserved)

/* A message of the domain name system, cut: a question to `remote`, or its answer. */
#define PICKET_NAMES(FIELD)        \
	FIELD(address, remote)     \
	FIELD(u16, remote_port)    \
	FIELD(u8, family)          \
	FIELD(u8, answer)          \
	FIELD(tail, message)

/*
 * What was done to a file, to another process, or to the kernel: `operation` is one of enum picket_change, which says what `value` and
 * `extra` are. A path is where it starts from (`base`: a folder, the root, or with an empty text the open file itself) and the text
 * that was asked for. `target_start` is 0 where only the number of the other process is known.
 */
#define PICKET_CHANGE(FIELD)     \
	FIELD(u64, value)        \
	FIELD(u64, target_start) \
	FIELD(u32, target_pid)   \
	FIELD(u32, extra)        \
	FIELD(u32, operation)    \
	FIELD(u32, path_flags)   \
	FIELD(u32, other_flags)  \
	FIELD(i32, result)       \
	FIELD(tail, base)        \
	FIELD(tail, path)        \
	FIELD(tail, other_base)  \
	FIELD(tail, other)       \
	FIELD(u32, how)          \
	FIELD(u32, reserved)

/* What a process is after it asked for another identity, whether it got it or not. `apart`: of enum picket_exec_flag what its namespaces say. */
#define PICKET_IDENTITY(FIELD)      \
	FIELD(u64, value)           \
	FIELD(u64, capabilities)    \
	FIELD(u32, operation)       \
	FIELD(i32, result)          \
	FIELD(u32, uid)             \
	FIELD(u32, euid)            \
	FIELD(u32, gid)             \
	FIELD(u32, mount_namespace) \
	FIELD(u32, pid_namespace)   \
	FIELD(u32, user_namespace)  \
	FIELD(u32, network_namespace) \
	FIELD(u32, ipc_namespace)   \
	FIELD(u32, uts_namespace)   \
	FIELD(u32, apart)

/* `unseen` is how many of its n-grams the program was not known to make: 0 for a sample. */
#define PICKET_SYSCALLS(FIELD)   \
	FIELD(u32, unseen)       \
	FIELD(tail, numbers)

enum picket_type {
	PICKET_TYPE_EXEC = 1,
	PICKET_TYPE_FORK = 2,
	PICKET_TYPE_EXIT = 3,
	PICKET_TYPE_OPEN = 4,
	PICKET_TYPE_NETWORK = 5,
	PICKET_TYPE_UNIX = 6,
	PICKET_TYPE_SYSCALLS = 7,
	PICKET_TYPE_ARGUMENTS = 8,
	PICKET_TYPE_CHANGE = 9,
	PICKET_TYPE_IDENTITY = 10,
	PICKET_TYPE_NAMES = 11,
	PICKET_TYPE_CLOSE = 12,
};

enum picket_operation {
	PICKET_CONNECT = 1,
	PICKET_ACCEPT = 2,
	PICKET_BIND = 3,
	PICKET_LISTEN = 4,
};

/* The numbers are those of the wire schema's Operation; PICKET_EXECUTE, an exec that failed, is none of them. */
enum picket_change {
	PICKET_RENAME = 1,      /* path to other; value: flags */
	PICKET_UNLINK = 2,
	PICKET_REMOVE_FOLDER = 3,
	PICKET_LINK = 4,        /* path is the file, other its second name */
	PICKET_SYMLINK = 5,     /* path is the link, other where it leads */
	PICKET_CHMOD = 6,       /* value: mode */
	PICKET_CHOWN = 7,       /* value: uid, extra: gid; 4294967295 leaves it */
	PICKET_TRUNCATE = 8,    /* value: bytes */
	PICKET_SET_ATTRIBUTE = 9, /* other: name; security.* only */
	PICKET_REMOVE_ATTRIBUTE = 10,
	PICKET_MOUNT = 11,      /* other is mounted at path; value: flags */
	PICKET_UNMOUNT = 12,
	PICKET_CHANGE_ROOT = 13,
	PICKET_SET_USER = 20,
	PICKET_SET_GROUP = 21,
	PICKET_SET_CAPABILITIES = 22,
	PICKET_ENTER_NAMESPACE = 23, /* value: CLONE_NEW… */
	PICKET_LEAVE_NAMESPACE = 24,
	PICKET_TRACE = 30,           /* value: ptrace request, here and in the next two */
	PICKET_WRITE_MEMORY = 31,    /* 0: process_vm_writev */
	PICKET_WRITE_REGISTERS = 32,
	PICKET_READ_MEMORY = 33,
	PICKET_TAKE_DESCRIPTOR = 34, /* value: its number there */
	PICKET_LOAD_PROGRAM = 40,    /* value: type; path: name */
	PICKET_LOAD_MODULE = 41,     /* other: parameters */
	PICKET_UNLOAD_MODULE = 42,
	PICKET_OPEN_COUNTER = 43,    /* value: type of the perf event */
	PICKET_HANDLE_FAULTS = 44,
	PICKET_LOAD_KERNEL = 45,
	PICKET_SET_CLOCK = 46,       /* value: the time that it was set to, seconds; extra: 1 where it was moved, and value, if refused, by how much */
	PICKET_OPEN_MAP = 47,        /* path: name; value: id (0: gone before it was looked at), extra: BPF_F_RDONLY where it is only to read */
	PICKET_RAW_SOCKET = 50,      /* value: protocol, extra: family */
	PICKET_PACKET_SOCKET = 51,
	PICKET_EXECUTE = 60,
};

/* By which way it was asked for. */
enum picket_how {
	PICKET_HOW_URING = 1, /* io_uring: no system call of its own */
};

/* How a path came out of the walk (path.h). */
enum picket_path_flag {
	PICKET_PATH_CUT = 1,      /* deeper or longer than the walk goes: the tail of it */
	PICKET_PATH_UNLINKED = 2, /* the file has no name (any more) */
	PICKET_PATH_DETACHED = 4, /* its mount does not hang in the tree */
	PICKET_PATH_NAMED = 8,    /* no place in any tree: the name that the kernel gave it (memfd:x), none for a pipe */
};

enum picket_exec_flag {
	PICKET_EXEC_SCRIPT = 1, /* `asked` is a script, `exe` its interpreter */
	PICKET_EXEC_SETID = 2,
	PICKET_EXEC_STDIN_SOCKET = 4, /* of IPv4 or IPv6 */
	PICKET_EXEC_STDOUT_SOCKET = 8,
	PICKET_EXEC_CONTAINER = 16, /* pid namespace differs from init's */
	PICKET_EXEC_UPPER = 32, /* the executable lies in the upper layer of an overlay: no part of the image */
	PICKET_EXEC_ENVIRONMENT_CUT = 64, /* `loader` has what stood in the part of the environment that was looked at */
	PICKET_EXEC_OWN_USERS = 128,      /* user namespace differs from init's */
	PICKET_EXEC_OWN_NETWORK = 256,    /* network namespace differs from init's */
};

#define PICKET_MEMBER(type, name) type name;
struct picket_header { PICKET_HEADER(PICKET_MEMBER) };
struct picket_exec { struct picket_header h; PICKET_EXEC(PICKET_MEMBER) };
struct picket_arguments { struct picket_header h; PICKET_ARGUMENTS(PICKET_MEMBER) };
struct picket_fork { struct picket_header h; PICKET_FORK(PICKET_MEMBER) };
struct picket_exit { struct picket_header h; PICKET_EXIT(PICKET_MEMBER) };
struct picket_open { struct picket_header h; PICKET_OPEN(PICKET_MEMBER) };
struct picket_network { struct picket_header h; PICKET_NETWORK(PICKET_MEMBER) };
struct picket_unix { struct picket_header h; PICKET_UNIX(PICKET_MEMBER) };
struct picket_names { struct picket_header h; PICKET_NAMES(PICKET_MEMBER) };
struct picket_close { struct picket_header h; PICKET_CLOSE(PICKET_MEMBER) };
struct picket_change_record { struct picket_header h; PICKET_CHANGE(PICKET_MEMBER) };
struct picket_identity { struct picket_header h; PICKET_IDENTITY(PICKET_MEMBER) };
struct picket_syscalls { struct picket_header h; PICKET_SYSCALLS(PICKET_MEMBER) };

#endif
