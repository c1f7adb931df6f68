// SPDX-License-Identifier: Apache-2.0
// Does one thing through io_uring, without a library: act-uring HOW ACT ARGUMENTS. HOW: plain; async: in a thread of the kernel's;
// sqpoll: a thread of the kernel takes the requests, nobody calls io_uring_enter for them; silent: success is not to be told.
// Exits 0, 1 with the error, or 3 where this kernel has no such thing.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/time_types.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

// Newer than the headers of older systems.
#define OP_SOCKET 45
#define OP_BIND 56
#define OP_LISTEN 57
#define MULTISHOT 1
#define SKIP_SUCCESS (1u << 6)

static int ring;
static struct io_uring_params params;
static unsigned char *rings;
static struct io_uring_sqe *requests;
static unsigned flags;

static void fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error));
	exit(error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ? 3 : 1);
}

static unsigned *word(unsigned offset) { return (unsigned *)(rings + offset); }

static void begin(const char *how)
{
	if (!strcmp(how, "sqpoll")) {
		params.flags = IORING_SETUP_SQPOLL;
		params.sq_thread_idle = 1000;
	}
	if (!strcmp(how, "async"))
		flags = IOSQE_ASYNC;
	if (!strcmp(how, "silent"))
		flags = SKIP_SUCCESS;
	ring = syscall(SYS_io_uring_setup, 8, &params);
	if (ring < 0)
		fail("io_uring_setup", errno);
	// Not a byte more: older kernels refuse what is larger than what they made.
	size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < params.sq_off.array + params.sq_entries * sizeof(unsigned))
		size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	requests = mmap(NULL, params.sq_entries * sizeof(*requests), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (rings == MAP_FAILED || requests == MAP_FAILED)
		fail("mmap", errno);
}

static void push(const struct io_uring_sqe *request)
{
	unsigned tail = *word(params.sq_off.tail), at = tail & *word(params.sq_off.ring_mask);
	requests[at] = *request;
	requests[at].flags |= flags;
	word(params.sq_off.array)[at] = at;
	__atomic_store_n(word(params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
}

static void enter(unsigned count)
{
	unsigned wake = __atomic_load_n(word(params.sq_off.flags), __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP;
	if (!(params.flags & IORING_SETUP_SQPOLL))
		syscall(SYS_io_uring_enter, ring, count, 0, 0, NULL, 0);
	else if (wake)
		syscall(SYS_io_uring_enter, ring, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
}

static void submit(const struct io_uring_sqe *request)
{
	push(request);
	enter(1);
}

static int result(void)
{
	unsigned head = *word(params.cq_off.head);
	while (__atomic_load_n(word(params.cq_off.tail), __ATOMIC_ACQUIRE) == head)
		syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	struct io_uring_cqe *ends = (void *)(rings + params.cq_off.cqes);
	int value = ends[head & *word(params.cq_off.ring_mask)].res;
	__atomic_store_n(word(params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return value;
}

// The result, negative where it failed.
static int attempt(struct io_uring_sqe request)
{
	submit(&request);
	return result();
}

static int need(struct io_uring_sqe request, const char *what)
{
	int value = attempt(request);
	if (value < 0)
		fail(what, -value);
	return value;
}

#define REQUEST(op, number, ...) ((struct io_uring_sqe){.opcode = op, .fd = number, __VA_ARGS__})
#define TEXT(text) .addr = (unsigned long)(text)
#define OTHER(text) .off = (unsigned long)(text)

// open of PATH, then of a missing NAME and, as nobody, of PATH again.
static void do_open(char **a)
{
	struct open_how how = {.flags = O_RDWR};
	need(REQUEST(IORING_OP_OPENAT, AT_FDCWD, TEXT(a[0]), .open_flags = O_RDONLY), a[0]);
	need(REQUEST(IORING_OP_OPENAT2, AT_FDCWD, TEXT(a[0]), .len = sizeof(how), OTHER(&how)), a[0]);
	attempt(REQUEST(IORING_OP_OPENAT, AT_FDCWD, TEXT(a[1]), .open_flags = O_RDONLY));
}

static void do_refused(char **a) { attempt(REQUEST(IORING_OP_OPENAT, AT_FDCWD, TEXT(a[0]), .open_flags = O_WRONLY)); }

// open of PATH into the ring's own table: it gives no descriptor.
static void do_direct(char **a)
{
	int none[4] = {-1, -1, -1, -1};
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, none, 4) < 0)
		fail("register", errno);
	need(REQUEST(IORING_OP_OPENAT, AT_FDCWD, TEXT(a[0]), .open_flags = O_RDONLY, .file_index = 1), a[0]);
}

// What may not be there: false where this kernel has no such request.
static int may(struct io_uring_sqe request, const char *what)
{
	int value = attempt(request);
	if (value < 0 && value != -EINVAL)
		fail(what, -value);
	return value >= 0;
}

// "subject" of FOLDER under other names, and away. Before Linux 5.15 there are no requests for links: calls make them.
static void do_change(char **a)
{
	int folder = open(a[0], O_PATH | O_DIRECTORY);
	char second[4096];
	snprintf(second, sizeof(second), "%s/second", a[0]);
	close(openat(folder, "subject", O_CREAT | O_WRONLY, 0600));
	if (!may(REQUEST(IORING_OP_LINKAT, folder, TEXT("subject"), .len = AT_FDCWD, OTHER(second)), "linkat"))
		linkat(folder, "subject", AT_FDCWD, second, 0);
	if (!may(REQUEST(IORING_OP_SYMLINKAT, folder, TEXT("/no/where"), OTHER("soft")), "symlinkat"))
		symlinkat("/no/where", folder, "soft");
	need(REQUEST(IORING_OP_RENAMEAT, folder, TEXT("second"), .len = folder, OTHER("third")), "renameat");
	need(REQUEST(IORING_OP_UNLINKAT, folder, TEXT("third")), "unlinkat");
	need(REQUEST(IORING_OP_UNLINKAT, folder, TEXT("soft")), "unlinkat");
	need(REQUEST(IORING_OP_UNLINKAT, folder, TEXT("subject")), "unlinkat");
}

// unlinkat of PATH that tells no success: over when PATH is gone.
static void do_silent_unlink(char **a)
{
	struct io_uring_sqe request = REQUEST(IORING_OP_UNLINKAT, AT_FDCWD, TEXT(a[0]));
	submit(&request);
	while (access(a[0], F_OK) == 0)
		sched_yield();
}

static struct sockaddr_in address_of(char **a)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(a[1]))};
	inet_pton(AF_INET, a[0], &address.sin_addr);
	return address;
}

// connect(ADDRESS, PORT), refused or not.
static void do_connect(char **a)
{
	struct sockaddr_in to = address_of(a);
	attempt(REQUEST(IORING_OP_CONNECT, socket(AF_INET, SOCK_STREAM, 0), TEXT(&to), OTHER(sizeof(to))));
}

// connect(ADDRESS) that is cancelled after 50 ms, and that comes to be all the same: the server, this program, has no room until then.
static void do_cancelled(char **a)
{
	struct sockaddr_in at = {.sin_family = AF_INET}, peer;
	struct __kernel_timespec soon = {.tv_nsec = 50000000};
	socklen_t length = sizeof(at);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, a[0], &at.sin_addr);
	if (bind(server, (void *)&at, length) < 0 || listen(server, 0) < 0 || getsockname(server, (void *)&at, &length) < 0 ||
	    connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&at, length) < 0)
		fail("server", errno);
	struct io_uring_sqe both[] = {REQUEST(IORING_OP_CONNECT, client, TEXT(&at), OTHER(sizeof(at)), .flags = IOSQE_IO_LINK),
				      REQUEST(IORING_OP_LINK_TIMEOUT, -1, TEXT(&soon), .len = 1)};
	push(&both[0]);
	push(&both[1]);
	enter(2);
	if (result() >= 0 && result() >= 0)
		fail("not cancelled", ECANCELED);
	if (accept(server, NULL, NULL) < 0)
		fail("accept", errno);
	struct pollfd waits = {.fd = client, .events = POLLOUT};
	poll(&waits, 1, -1);
	if (getpeername(client, (void *)&peer, &length) < 0)
		fail("getpeername", errno);
	close(client);
}

// TIMES x connect(ADDRESS) of another socket each, all of which live on: it is to follow what never comes, and is cancelled with that when
// its descriptor is closed. Exits with 3 where so many files can't be open.
static void do_dropped(char **a)
{
	char *port[] = {a[0], "9"}, byte;
	struct sockaddr_in to = address_of(port);
	struct rlimit files;
	int nothing[2], times = atoi(a[1]);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_max < times + 100u)
		exit(3);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || pipe(nothing) < 0)
		fail("pipe", errno);
	for (int i = 0; i < times; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		if (client < 0 || dup(client) < 0)
			fail("socket", errno);
		struct io_uring_sqe both[] = {REQUEST(IORING_OP_READ, nothing[0], TEXT(&byte), .len = 1, .user_data = 1, .flags = IOSQE_IO_LINK),
					      REQUEST(IORING_OP_CONNECT, client, TEXT(&to), OTHER(sizeof(to)))};
		push(&both[0]);
		push(&both[1]);
		enter(2);
		close(client);
		struct io_uring_sqe cancel = REQUEST(IORING_OP_ASYNC_CANCEL, -1, .addr = 1);
		submit(&cancel);
		for (int ends = 0; ends < 3; ends++)
			result();
	}
}

// Accepts TIMES connections to itself on ADDRESS, one request each, or (KIND many) all by one.
static void do_accept(char **a)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t length = sizeof(at);
	int server = socket(AF_INET, SOCK_STREAM, 0), many = !strcmp(a[2], "many");
	inet_pton(AF_INET, a[0], &at.sin_addr);
	if (bind(server, (void *)&at, length) < 0 || listen(server, 8) < 0 || getsockname(server, (void *)&at, &length) < 0)
		fail("server", errno);
	struct io_uring_sqe request = REQUEST(IORING_OP_ACCEPT, server, .ioprio = many ? MULTISHOT : 0, .user_data = 0x5eed);
	for (int i = 0; i < atoi(a[1]); i++) {
		if (connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&at, length) < 0)
			fail("connect", errno);
		if (i == 0 || !many)
			submit(&request);
		int made = result();
		if (made < 0)
			fail("accept", -made);
	}
}

// socket, bind and listen, all by the ring: Linux 6.11.
static void do_serve(char **a)
{
	struct sockaddr_in at = address_of(a);
	int server = need(REQUEST(OP_SOCKET, AF_INET, .off = SOCK_STREAM), "socket");
	need(REQUEST(OP_BIND, server, TEXT(&at), OTHER(sizeof(at))), "bind");
	need(REQUEST(OP_LISTEN, server, .len = 5), "listen");
}

static void do_raw(char **a)
{
	(void)a;
	need(REQUEST(OP_SOCKET, AF_INET, .off = SOCK_RAW, .len = IPPROTO_ICMP), "socket");
}

// A datagram to ADDRESS and PORT.
static void do_send(char **a)
{
	struct sockaddr_in to = address_of(a);
	struct iovec piece = {"x", 1};
	struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &piece, .msg_iovlen = 1};
	need(REQUEST(IORING_OP_SENDMSG, socket(AF_INET, SOCK_DGRAM, 0), TEXT(&message), .len = 1), "sendmsg");
}

static void do_unix(char **a)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	strncpy(to.sun_path, a[0], sizeof(to.sun_path) - 1);
	need(REQUEST(IORING_OP_CONNECT, socket(AF_UNIX, SOCK_STREAM, 0), TEXT(&to), OTHER(sizeof(to))), "connect");
}

int main(int count, char **arguments)
{
	static const struct {
		const char *name;
		void (*act)(char **);
		int arguments;
	} acts[] = {{"open", do_open, 2},       {"refused", do_refused, 1}, {"direct", do_direct, 1}, {"change", do_change, 1},
		    {"silent-unlink", do_silent_unlink, 1}, {"connect", do_connect, 2}, {"cancelled", do_cancelled, 1}, {"dropped", do_dropped, 2}, {"accept", do_accept, 3},
		    {"serve", do_serve, 2},     {"raw", do_raw, 0},         {"send", do_send, 2},     {"unix", do_unix, 1}};
	for (unsigned i = 0; count > 2 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, arguments[2]) && count - 3 == acts[i].arguments) {
			begin(arguments[1]);
			acts[i].act(arguments + 3);
			return 0;
		}
	fprintf(stderr, "no such act, or not its number of arguments\n");
	return 2;
}
