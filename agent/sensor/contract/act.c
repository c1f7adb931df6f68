// SPDX-License-Identifier: Apache-2.0
// Does one thing that the sensor is to see, by exactly the system call that is meant. Prints nothing; exits 0, or 1 with the error.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

// TIMES x open(PATH, FLAGS), failures included.
static void do_open(char **a)
{
	for (int times = atoi(a[2]); times > 0; times--) {
		int fd = syscall(SYS_open, a[0], atoi(a[1]), 0600);
		if (fd >= 0)
			close(fd);
	}
}

static void *open_often(void *argument)
{
	do_open(argument);
	return NULL;
}

// The same in four threads at once.
static void do_open_together(char **a)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, open_often, a);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void do_openat(char **a)
{
	int folder = check(open(a[0], O_PATH | O_DIRECTORY), a[0]);
	check(syscall(SYS_openat, folder, a[1], O_RDONLY), a[1]);
}

static void do_openat2(char **a)
{
	struct open_how how = {.flags = O_RDWR | O_CLOEXEC};
	check(syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof(how)), a[0]);
}

static void do_creat(char **a) { check(syscall(SYS_creat, a[0], 0600), a[0]); }

static void do_tmpfile(char **a) { check(open(a[0], O_TMPFILE | O_RDWR, 0600), a[0]); }

// Opens PATH again after its name is gone.
static void do_deleted(char **a)
{
	char again[64];
	int fd = check(open(a[0], O_CREAT | O_RDWR, 0600), a[0]);
	check(unlink(a[0]), "unlink");
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	check(open(again, O_RDONLY), again);
}

static void do_chroot(char **a)
{
	check(chroot(a[0]), "chroot");
	check(chdir("/"), "chdir");
	check(open(a[1], O_RDONLY), a[1]);
}

// Bind-mounts FOLDER onto PLACE in a mount namespace of its own and opens PATH.
static void do_bind_mount(char **a)
{
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	check(mount(a[0], a[1], NULL, MS_BIND, NULL), "bind");
	check(open(a[2], O_RDONLY), a[2]);
}

// LEVELS folders called NAME below BASE, one in the other, and an open of "leaf" in the last one.
static void do_deep(char **a)
{
	check(chdir(a[0]), a[0]);
	for (int level = atoi(a[2]); level > 0; level--) {
		check(mkdir(a[1], 0700), "mkdir");
		check(chdir(a[1]), "chdir");
	}
	check(open("leaf", O_CREAT | O_WRONLY, 0600), "leaf");
}

// A system call of a 32-bit program (int 0x80) with a text below 4 GiB, and behind it, if there is to be more, a list of that text alone.
static long call32(long number, const char *text, long more)
{
	static char *low;
	long result;
	if (!low)
		low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	strcpy(low, text);
	*(unsigned *)(low + 4096) = (unsigned)(long)low;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"((long)low), "c"(more ? (long)low + 4096 : 0), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void do_open32(char **a) { check(call32(5, a[0], 0), "open32"); }

static void do_unlink32(char **a) { check(call32(10, a[0], 0), "unlink32"); }

static void do_execute32(char **a) { call32(11, a[0], 1); }

static void do_open_x32(char **a) { check(syscall(0x40000000 + SYS_open, a[0], O_RDONLY), "open-x32"); }

static int copy_into(int to, const char *program)
{
	char piece[65536];
	ssize_t got;
	int from = check(open(program, O_RDONLY), program);
	while ((got = read(from, piece, sizeof(piece))) > 0)
		check(write(to, piece, got), "write");
	return close(from);
}

static void run(int fd, char *name)
{
	char *args[] = {name, NULL}, *none[] = {NULL};
	fexecve(fd, args, none);
	check(-1, "fexecve");
}

static void do_memfd(char **a)
{
	int fd = check(memfd_create("picket-test", 0), "memfd_create");
	copy_into(fd, a[0]);
	run(fd, "from-memory");
}

// Runs a copy of PROGRAM at PATH after PATH is gone.
static void do_deleted_exec(char **a)
{
	int to = check(open(a[1], O_CREAT | O_WRONLY, 0700), a[1]);
	copy_into(to, a[0]);
	close(to);
	int fd = check(open(a[1], O_RDONLY), a[1]);
	check(unlink(a[1]), "unlink");
	run(fd, "deleted");
}

// Calls itself NAME, in argv and for the kernel, and opens PATH.
static void do_rename_self(char **a)
{
	char path[4096];
	strncpy(path, a[1], sizeof(path) - 1);
	check(prctl(PR_SET_NAME, a[0]), "PR_SET_NAME");
	memset(a[-2], 'x', strlen(a[-2]));
	check(open(path, O_RDONLY), path);
}

// PATH's names and rights by each call that changes them; ends where it began, without PATH.
static void do_change_file(char **a)
{
	int folder = check(open(a[0], O_PATH | O_DIRECTORY), a[0]);
	check(chdir(a[0]), a[0]);
	int fd = check(open("subject", O_CREAT | O_RDWR, 0600), "subject");
	check(syscall(SYS_chmod, "subject", 04711), "chmod");
	check(syscall(SYS_fchmod, fd, 0640), "fchmod");
	check(syscall(SYS_fchmodat, folder, "subject", 0600), "fchmodat");
	check(syscall(SYS_chown, "subject", 7, -1), "chown");
	check(syscall(SYS_fchown, fd, -1, 8), "fchown");
	check(syscall(SYS_fchownat, folder, "subject", 9, 10, 0), "fchownat");
	check(syscall(SYS_truncate, "subject", 5L), "truncate");
	check(syscall(SYS_ftruncate, fd, 0L), "ftruncate");
	check(syscall(SYS_link, "subject", "second"), "link");
	check(syscall(SYS_symlinkat, "/no/where", folder, "soft"), "symlinkat");
	check(syscall(SYS_rename, "second", "third"), "rename");
	check(syscall(SYS_renameat2, folder, "third", AT_FDCWD, "fourth", 0), "renameat2");
	check(syscall(SYS_mkdirat, folder, "empty", 0700), "mkdirat");
	check(syscall(SYS_unlinkat, folder, "empty", AT_REMOVEDIR), "unlinkat");
	check(syscall(SYS_unlink, "fourth"), "unlink");
	check(syscall(SYS_unlinkat, folder, "soft", 0), "unlinkat");
	check(syscall(SYS_unlink, "subject"), "unlink");
}

// Sets an attribute of PATH, security.NAME and user.NAME, and takes them away.
static void do_attributes(char **a)
{
	syscall(SYS_setxattr, a[0], "user.picket", "x", 1, 0);
	check(syscall(SYS_setxattr, a[0], "security.picket", "x", 1, 0), "setxattr");
	check(syscall(SYS_removexattr, a[0], "security.picket"), "removexattr");
}

static void do_mount(char **a)
{
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	check(mount(a[0], a[1], "tmpfs", MS_NOSUID, NULL), "mount");
	check(umount2(a[1], MNT_DETACH), "umount2");
	check(chroot(a[1]), "chroot");
}

// rename of PATH to OTHER in a chroot of FOLDER.
static void do_chroot_rename(char **a)
{
	check(chroot(a[0]), "chroot");
	check(rename(a[1], a[2]), "rename");
}

static void do_identity(char **a)
{
	(void)a;
	check(setgid(65534), "setgid");
	check(setuid(65534), "setuid");
	setuid(0);
}

// Attaches to a child, writes its memory and registers; then reads and writes it without.
static void do_trace(char **a)
{
	static long word = 1;
	struct user_regs_struct registers;
	(void)a;
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	check(ptrace(PTRACE_ATTACH, child, 0, 0), "attach");
	waitpid(child, NULL, 0);
	check(ptrace(PTRACE_POKEDATA, child, &word, 2L), "poke");
	check(ptrace(PTRACE_GETREGS, child, 0, &registers), "getregs");
	check(ptrace(PTRACE_SETREGS, child, 0, &registers), "setregs");
	struct iovec io = {&word, sizeof(word)};
	check(process_vm_writev(child, &io, 1, &io, 1, 0), "process_vm_writev");
	check(process_vm_readv(child, &io, 1, &io, 1, 0), "process_vm_readv");
	kill(child, SIGKILL);
}

// Loads a BPF program of two instructions called NAME, asks for a performance counter and for page faults.
static void do_kernel(char **a)
{
	struct bpf_insn exits[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (long)exits, .insn_cnt = 2, .license = (long)"GPL"};
	struct perf_event_attr counter = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(counter), .config = PERF_COUNT_SW_CPU_CLOCK};
	strncpy(load.prog_name, a[0], sizeof(load.prog_name) - 1);
	check(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)), "bpf");
	syscall(SYS_perf_event_open, &counter, 0, -1, -1, 0);
	syscall(SYS_userfaultfd, 0);
	syscall(SYS_finit_module, open("/etc/hosts", O_RDONLY), "a=b", 0);
	syscall(SYS_delete_module, "picket_none", 0);
}

static void do_raw_sockets(char **a)
{
	(void)a;
	check(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP), "raw");
	check(socket(AF_PACKET, SOCK_DGRAM, 0), "packet");
	check(socket(AF_INET, SOCK_DGRAM, 0), "udp");
}

// Tries to execute PATH.
static void do_execute(char **a)
{
	char *none[] = {NULL};
	execve(a[0], a, none);
}

static void do_signal(char **a) { raise(atoi(a[0])); }

static void *wait_a_moment(void *argument)
{
	usleep(1000);
	return argument;
}

// The main thread ends before the other one.
static void do_thread(char **a)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_a_moment, NULL);
	pthread_exit(NULL);
}

static socklen_t address_of(char **a, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (void *)address;
	struct sockaddr_in6 *six = (void *)address;
	memset(address, 0, sizeof(*address));
	if (strchr(a[0], ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(atoi(a[1]));
		inet_pton(AF_INET6, a[0], &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(atoi(a[1]));
	inet_pton(AF_INET, a[0], &four->sin_addr);
	return sizeof(*four);
}

// connect(ADDRESS, PORT) that waits, refused or not.
static void do_connect(char **a)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(a, &to);
	connect(check(socket(to.ss_family, SOCK_STREAM, 0), "socket"), (void *)&to, length);
}

// Binds, listens, connects to itself and accepts.
static void do_accept(char **a)
{
	struct sockaddr_storage at;
	socklen_t length = address_of(a, &at);
	int server = check(socket(at.ss_family, SOCK_STREAM, 0), "socket"), one = 1;
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	check(bind(server, (void *)&at, length), "bind");
	check(listen(server, 5), "listen");
	check(getsockname(server, (void *)&at, &length), "getsockname");
	check(connect(check(socket(at.ss_family, SOCK_STREAM, 0), "socket"), (void *)&at, length), "connect");
	check(accept(server, NULL, NULL), "accept");
}

// Connects to itself, sends BYTES one way and twice that the other, and closes both ends, the one that connected first.
static void do_carry(char **a)
{
	struct sockaddr_storage at;
	socklen_t length = address_of(a, &at);
	int bytes = atoi(a[2]), server = check(socket(at.ss_family, SOCK_STREAM, 0), "socket"), client, peer;
	char *data = calloc(2, bytes);
	check(bind(server, (void *)&at, length), "bind");
	check(listen(server, 5), "listen");
	check(getsockname(server, (void *)&at, &length), "getsockname");
	client = check(socket(at.ss_family, SOCK_STREAM, 0), "socket");
	check(connect(client, (void *)&at, length), "connect");
	peer = check(accept(server, NULL, NULL), "accept");
	check(write(client, data, bytes), "write");
	check(recv(peer, data, bytes, MSG_WAITALL), "recv");
	check(write(peer, data, 2 * bytes), "write");
	check(recv(client, data, 2 * bytes, MSG_WAITALL), "recv");
	close(client);
	check(recv(peer, data, 1, 0), "recv");
	close(peer);
}

// Runs PROGRAM with its input and output on a TCP connection to itself, or (KIND unix) on a unix socket.
static void do_socket_shell(char **a)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(at);
	int pair[2], server = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	if (!strcmp(a[1], "unix")) {
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	} else {
		check(listen(server, 1), "listen");
		check(getsockname(server, (void *)&at, &length), "getsockname");
		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		pair[0] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
		check(connect(pair[0], (void *)&at, length), "connect");
	}
	dup2(pair[0], 0);
	dup2(pair[0], 1);
	execl(a[0], a[0], "-c", "exit 0", NULL);
}

// TIMES x sendto(ADDRESS, PORT), without connect.
static void do_send(char **a)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(a, &to);
	int fd = check(socket(to.ss_family, SOCK_DGRAM, 0), "socket");
	for (int times = atoi(a[2]); times > 0; times--)
		sendto(fd, "x", 1, 0, (void *)&to, length);
}

// Asks SERVER, port 53, for the addresses of NAME and waits for the answers, by the calls of WAY; then connects to ADDRESS and PORT.
static void do_lookup(char **a)
{
	char *place[] = {a[0], "53"}, questions[2][512] = {}, got[2048];
	struct sockaddr_storage to;
	struct mmsghdr both[2] = {};
	struct iovec pieces[3] = {{questions[0], 0}, {questions[1], 0}, {got, sizeof(got)}};
	struct msghdr header = {.msg_iov = &pieces[2], .msg_iovlen = 1};
	socklen_t length = address_of(place, &to);
	for (int i = 0; i < 2; i++) {
		char *at = questions[i] + 12, name[256], *label, *rest;
		memcpy(questions[i], "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
		questions[i][1] = i;
		strncpy(name, a[1], sizeof(name) - 1);
		for (label = strtok_r(name, ".", &rest); label; label = strtok_r(NULL, ".", &rest)) {
			*at++ = strlen(label);
			at = stpcpy(at, label);
		}
		memcpy(at, i ? "\0\0\x1c\0\1" : "\0\0\1\0\1", 5);
		pieces[i].iov_len = at + 5 - questions[i];
		both[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
	}
	int fd = check(socket(to.ss_family, SOCK_DGRAM, 0), "socket"), free_standing = !strcmp(a[2], "sendto");
	if (!free_standing)
		check(connect(fd, (void *)&to, length), "connect");
	if (free_standing || !strcmp(a[2], "send")) {
		check(sendto(fd, questions[0], pieces[0].iov_len, 0, free_standing ? (void *)&to : NULL, free_standing ? length : 0), "sendto");
		check(recvfrom(fd, got, sizeof(got), 0, free_standing ? (void *)&to : NULL, free_standing ? &length : NULL), "recvfrom");
	} else if (!strcmp(a[2], "write")) {
		check(write(fd, questions[0], pieces[0].iov_len), "write");
		check(read(fd, got, sizeof(got)), "read");
	} else {
		check(sendmmsg(fd, both, 2, 0), "sendmmsg");
		check(recvmsg(fd, &header, 0), "recvmsg");
		check(recvmsg(fd, &header, 0), "recvmsg");
	}
	do_connect(a + 3);
}

// connect to a unix socket, NAME with @ for the NUL of an abstract one.
static void do_unix(char **a)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	strncpy(to.sun_path, a[0], sizeof(to.sun_path) - 1);
	if (a[0][0] == '@')
		to.sun_path[0] = 0;
	connect(check(socket(AF_UNIX, SOCK_STREAM, 0), "socket"), (void *)&to, 2 + strlen(a[0]));
}

// A datagram to the unix socket NAME: by sendto or by sendmsg.
static void do_unix_datagram(char **a)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	strncpy(to.sun_path, a[0], sizeof(to.sun_path) - 1);
	int fd = check(socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
	if (!strcmp(a[1], "sendto")) {
		sendto(fd, "x", 1, 0, (void *)&to, 2 + strlen(a[0]));
		return;
	}
	struct iovec piece = {"xy", 2};
	struct msghdr message = {.msg_name = &to, .msg_namelen = 2 + strlen(a[0]), .msg_iov = &piece, .msg_iovlen = 1};
	sendmsg(fd, &message, 0);
}

// Receives datagrams at NAME until the input ends; says so when it does.
static void do_unix_receive(char **a)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char byte;
	strncpy(at.sun_path, a[0], sizeof(at.sun_path) - 1);
	check(bind(check(socket(AF_UNIX, SOCK_DGRAM, 0), "socket"), (void *)&at, sizeof(at)), "bind");
	check(write(1, "ready", 5), "write");
	while (read(0, &byte, 1) > 0)
		;
}

int main(int count, char **arguments)
{
	static const struct {
		const char *name;
		void (*act)(char **);
		int arguments;
	} acts[] = {{"open", do_open, 3},         {"openat", do_openat, 2},   {"openat2", do_openat2, 1},
		    {"creat", do_creat, 1},       {"tmpfile", do_tmpfile, 1}, {"deleted", do_deleted, 1},
		    {"chroot", do_chroot, 2},     {"bind", do_bind_mount, 3}, {"deep", do_deep, 3},
		    {"unlink32", do_unlink32, 1}, {"execute32", do_execute32, 1}, {"open-x32", do_open_x32, 1},
		    {"open32", do_open32, 1},     {"memfd", do_memfd, 1},     {"deleted-exec", do_deleted_exec, 2},
		    {"signal", do_signal, 1},     {"thread", do_thread, 0},   {"socket-shell", do_socket_shell, 2},
		    {"connect", do_connect, 2},   {"accept", do_accept, 2}, {"carry", do_carry, 3},   {"send", do_send, 3},
		    {"rename-self", do_rename_self, 2}, {"change-file", do_change_file, 1}, {"attributes", do_attributes, 1}, {"mount", do_mount, 2}, {"chroot-rename", do_chroot_rename, 3}, {"identity", do_identity, 0}, {"trace", do_trace, 0}, {"kernel", do_kernel, 1}, {"raw-sockets", do_raw_sockets, 0}, {"execute", do_execute, 1}, {"unix", do_unix, 1}, {"unix-datagram", do_unix_datagram, 2}, {"unix-receive", do_unix_receive, 1}, {"lookup", do_lookup, 5},         {"open-together", do_open_together, 3}};
	for (unsigned i = 0; count > 1 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, arguments[1]) && count - 2 == acts[i].arguments) {
			acts[i].act(arguments + 2);
			return 0;
		}
	fprintf(stderr, "no such act, or not its number of arguments\n");
	return 2;
}
