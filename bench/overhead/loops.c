// SPDX-License-Identifier: Apache-2.0
// Nanoseconds that one round of something takes, the least of some passes:
// loops getppid | open PATH | opens FOLDER COUNT | exec PROGRAM | connect; and CPU nanoseconds of: cpu PROGRAM ARGUMENT…
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void get_parent(char **arguments, long round)
{
	syscall(SYS_getppid);
}

static void open_one(char **arguments, long round)
{
	close(open(arguments[0], O_RDONLY));
}

static void open_many(char **arguments, long round)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%ld", arguments[0], round % atol(arguments[1]));
	int file = open(path, O_RDONLY | O_CREAT, 0600);
	if (file < 0)
		err(1, "%s", path);
	close(file);
}

static void fork_exec_exit(char **arguments, long round)
{
	pid_t child = fork();
	if (child == 0) {
		execl(arguments[0], arguments[0], (char *)NULL);
		_exit(127);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		errx(1, "%s could not be run", arguments[0]);
}

// Nobody accepts: the kernel answers for a listening socket; a reset leaves neither end waiting.
static void connect_close(char **arguments, long round)
{
	static int listener = -1;
	static struct sockaddr_in address = { .sin_family = AF_INET };
	static socklen_t length = sizeof address;
	static const struct linger reset = { .l_onoff = 1 };
	if (listener < 0) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		listener = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16) ||
		    getsockname(listener, (struct sockaddr *)&address, &length))
			err(1, "listen");
	}
	int client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&address, length))
		err(1, "connect");
	int server = accept(listener, NULL, NULL);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(client);
	close(server);
}

static const struct loop {
	const char *name;
	int arguments;
	void (*round)(char **arguments, long round);
	long rounds;
	int passes;
} loops[] = {
	{ "getppid", 0, get_parent, 50000, 150 },
	{ "open", 1, open_one, 5000, 150 },
	{ "opens", 2, open_many, 10000, 15 },
	{ "exec", 1, fork_exec_exit, 50, 48 },
	{ "connect", 0, connect_close, 500, 120 },
};

static double least(const struct loop *loop, char **arguments)
{
	double least = 1e18;
	for (int pass = 0; pass < loop->passes; pass++) {
		double start = now();
		for (long i = 0; i < loop->rounds; i++)
			loop->round(arguments, i);
		double each = (now() - start) / loop->rounds;
		if (each < least)
			least = each;
	}
	return least;
}

static double cpu(char **command)
{
	pid_t child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execvp(command[0], command);
		_exit(127);
	}
	int status;
	struct rusage used;
	if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0)
		errx(1, "%s could not be run", command[0]);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

int main(int count, char **arguments)
{
	if (count > 2 && !strcmp(arguments[1], "cpu")) {
		printf("%.1f\n", cpu(arguments + 2));
		return 0;
	}
	for (unsigned i = 0; count > 1 && i < sizeof loops / sizeof *loops; i++) {
		if (strcmp(arguments[1], loops[i].name) || count - 2 != loops[i].arguments)
			continue;
		printf("%.1f\n", least(&loops[i], arguments + 2));
		return 0;
	}
	errx(2, "see the head of this program's source");
}
