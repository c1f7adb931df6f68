// SPDX-License-Identifier: Apache-2.0
// What is done with sockets.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "act.h"

static void do_raw_sockets(char **a)
{
	(void)a;
	check(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP), "raw");
	check(socket(AF_PACKET, SOCK_DGRAM, 0), "packet");
	check(socket(AF_INET, SOCK_DGRAM, 0), "udp");
}

// Packet sockets by other names.
static void do_packet_sockets(char **a)
{
	(void)a;
	check(socket(AF_INET, SOCK_PACKET, 0), "SOCK_PACKET");
	socket(AF_XDP, SOCK_RAW, 0);
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

static void nothing(int number) { (void)number; }

// A server at ADDRESS for so many that wait.
static int server_at(char *address, int most, struct sockaddr_storage *at)
{
	char *any[] = {address, "0"};
	socklen_t length = address_of(any, at);
	int server = check(socket(at->ss_family, SOCK_STREAM, 0), "socket");
	check(bind(server, (void *)at, length), "bind");
	check(listen(server, most), "listen");
	check(getsockname(server, (void *)at, &length), "getsockname");
	return server;
}

// A server of ADDRESS that answers nobody: one connection waits for it to accept, and there is no room for another.
static int busy_server(char **a, struct sockaddr_storage *at)
{
	int server = server_at(a[0], 0, at);
	check(connect(check(socket(at->ss_family, SOCK_STREAM, 0), "socket"), (void *)at, sizeof(*at)), "connect");
	return server;
}

// Makes room at the server and waits until CLIENT is connected; the kernel asks again after a second.
static void let_in(int server, int client)
{
	struct pollfd waits = {.fd = client, .events = POLLOUT};
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	check(accept(server, NULL, NULL), "accept");
	while (poll(&waits, 1, -1) < 0 && errno == EINTR)
		;
	check(getpeername(client, (void *)&peer, &length), "getpeername");
}

// connect to ADDRESS that a signal interrupts, and that comes to be all the same.
static void do_interrupted(char **a)
{
	struct sigaction action = {.sa_handler = nothing};
	struct itimerval soon = {.it_value.tv_usec = 50000, .it_interval.tv_usec = 50000}, never = {0};
	struct sockaddr_storage at;
	int server = busy_server(a, &at), client = check(socket(at.ss_family, SOCK_STREAM, 0), "socket");
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (connect(client, (void *)&at, sizeof(at)) == 0 || errno != EINTR)
		check(-1, "connect was not interrupted");
	setitimer(ITIMER_REAL, &never, NULL);
	let_in(server, client);
	close(client);
}

// Connects to ADDRESS by a send, by the call of WAY; waits for it, or (HOW later) does not. TCP Fast Open has to be on.
static void do_send_first(char **a)
{
	struct sockaddr_storage at;
	int later = !strcmp(a[2], "later"), server = busy_server(a, &at);
	int client = check(socket(at.ss_family, SOCK_STREAM | (later ? SOCK_NONBLOCK : 0), 0), "socket");
	struct iovec piece = {"x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &at, .msg_namelen = sizeof(at), .msg_iov = &piece, .msg_iovlen = 1}};
	if (!later)
		check(accept(server, NULL, NULL), "accept");
	long sent = !strcmp(a[1], "sendto")    ? sendto(client, "x", 1, MSG_FASTOPEN, (void *)&at, sizeof(at))
		    : !strcmp(a[1], "sendmsg") ? sendmsg(client, &message.msg_hdr, MSG_FASTOPEN)
					       : sendmmsg(client, &message, 1, MSG_FASTOPEN);
	if (later && sent < 0 && errno == EINPROGRESS)
		let_in(server, client);
	else
		check(sent, a[1]);
	close(client);
}

// An echo request (ICMP) to ADDRESS by a socket of KIND: raw, or datagram, which takes no rights where the host lets its groups; connected
// or (HOW free) not. Exits with 3 where that is not allowed.
static void do_ping(char **a)
{
	unsigned char request[8] = {8, 0, 0xf7, 0xff};
	char *place[] = {a[0], "0"};
	struct sockaddr_storage to;
	socklen_t length = address_of(place, &to);
	int fd = socket(AF_INET, !strcmp(a[1], "raw") ? SOCK_RAW : SOCK_DGRAM, IPPROTO_ICMP);
	if (fd < 0)
		exit(3);
	if (!strcmp(a[2], "free"))
		check(sendto(fd, request, sizeof(request), 0, (void *)&to, length), "sendto");
	else
		check(connect(fd, (void *)&to, length), "connect");
}

// COUNT datagrams by one sendmmsg, to ADDRESS and as many ports from PORT on.
static void do_send_many(char **a)
{
	static struct mmsghdr all[1024];
	static struct sockaddr_storage to[1024];
	struct iovec piece = {"x", 1};
	int count = atoi(a[2]);
	for (int i = 0; i < count; i++) {
		char port[8], *place[] = {a[0], port};
		snprintf(port, sizeof(port), "%d", atoi(a[1]) + i);
		all[i].msg_hdr = (struct msghdr){.msg_name = &to[i], .msg_iov = &piece, .msg_iovlen = 1};
		all[i].msg_hdr.msg_namelen = address_of(place, &to[i]);
	}
	int fd = check(socket(to[0].ss_family, SOCK_DGRAM, 0), "socket");
	if (check(sendmmsg(fd, all, count, 0), "sendmmsg") != count)
		check(-1, "not all were sent");
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

// The same by MPTCP, with one byte; exits with 3 where there is none.
static void do_carry_mptcp(char **a)
{
	struct sockaddr_storage at;
	socklen_t length = address_of(a, &at);
	int server = socket(at.ss_family, SOCK_STREAM, 262), client, peer;
	char byte = 0;
	if (server < 0)
		exit(3);
	check(bind(server, (void *)&at, length), "bind");
	check(listen(server, 5), "listen");
	check(getsockname(server, (void *)&at, &length), "getsockname");
	client = check(socket(at.ss_family, SOCK_STREAM, 262), "socket");
	check(connect(client, (void *)&at, length), "connect");
	peer = check(accept(server, NULL, NULL), "accept");
	check(write(client, &byte, 1), "write");
	check(read(peer, &byte, 1), "read");
	close(client);
	check(read(peer, &byte, 1), "read");
	close(peer);
}

// connect(ADDRESS, PORT) by MPTCP that waits, refused or not.
static void do_connect_mptcp(char **a)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(a, &to);
	connect(check(socket(to.ss_family, SOCK_STREAM, 262), "socket"), (void *)&to, length);
}

// COUNT connections to itself on ADDRESS, which all stay open, and then two to another port: one that is waited for, one that is not.
// Exits with 3 where so many can't be open.
static void do_crowd(char **a)
{
	struct linger at_once = {1, 0};
	struct sockaddr_storage at, other;
	int server = server_at(a[0], 5, &at), last = server_at(a[0], 5, &other), count = atoi(a[1]);
	struct rlimit files;
	check(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
	files.rlim_cur = files.rlim_max;
	if (files.rlim_max < 2u * count + 100 || setrlimit(RLIMIT_NOFILE, &files) < 0)
		exit(3);
	for (int i = 0; i < count; i++) {
		int client = check(socket(at.ss_family, SOCK_STREAM, 0), "socket");
		// No TIME_WAIT, which would use up the ports.
		check(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "linger");
		check(connect(client, (void *)&at, sizeof(at)), "connect");
		check(accept(server, NULL, NULL), "accept");
	}
	check(connect(check(socket(other.ss_family, SOCK_STREAM, 0), "socket"), (void *)&other, sizeof(other)), "connect");
	int later = check(socket(other.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
	struct pollfd waits = {.fd = later, .events = POLLOUT};
	if (connect(later, (void *)&other, sizeof(other)) < 0 && errno != EINPROGRESS)
		check(-1, "connect");
	check(poll(&waits, 1, -1), "poll");
	check(accept(last, NULL, NULL), "accept");
	check(accept(last, NULL, NULL), "accept");
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

// Connects to the unix socket NAME from FOLDER, then from OTHER.
static void do_unix_from(char **a)
{
	for (int i = 1; i <= 2; i++) {
		check(chdir(a[i]), a[i]);
		do_unix(a);
	}
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

const struct act network[] = {
	{"socket-shell", do_socket_shell, 2},
	{"connect", do_connect, 2},
	{"accept", do_accept, 2},
	{"carry", do_carry, 3},
	{"carry-mptcp", do_carry_mptcp, 2},
	{"connect-mptcp", do_connect_mptcp, 2},
	{"crowd", do_crowd, 2},
	{"interrupted", do_interrupted, 1},
	{"send-first", do_send_first, 3},
	{"ping", do_ping, 3},
	{"send-many", do_send_many, 3},
	{"send", do_send, 3},
	{"raw-sockets", do_raw_sockets, 0},
	{"packet-sockets", do_packet_sockets, 0},
	{"unix", do_unix, 1},
	{"unix-from", do_unix_from, 3},
	{"unix-datagram", do_unix_datagram, 2},
	{"unix-receive", do_unix_receive, 1},
	{"lookup", do_lookup, 5},
	{0},
};
