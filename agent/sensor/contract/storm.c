// SPDX-License-Identifier: Apache-2.0
// More of one thing than a sensor can carry. Each storm ends after COUNT, or with COUNT 0 when it is killed. Prints nothing; exits 0, or 1 with the error.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int more(long done, const char *count) { return atol(count) == 0 || done < atol(count); }

static void live_shortly(const char *path)
{
	close(check(open(path, O_CREAT | O_RDWR | O_EXCL, 0600), path));
	check(unlink(path), path);
}

// FOLDER COUNT: files that are made and removed, each by another name.
static void files(char **a)
{
	char path[4096];
	for (long i = 0; more(i, a[1]); i++) {
		snprintf(path, sizeof(path), "%s/short-lived-%d-%ld", a[0], getpid(), i);
		live_shortly(path);
	}
}

// FOLDER COUNT: the same by paths that are as long as a path can be.
static void paths(char **a)
{
	char path[4096], name[256];
	size_t length = snprintf(path, sizeof(path), "%s", a[0]);
	memset(name, 'p', 255);
	name[255] = 0;
	while (length + 256 < sizeof(path) - 100) {
		length += snprintf(path + length, sizeof(path) - length, "/%s", name);
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			check(-1, path);
	}
	for (long i = 0; more(i, a[1]); i++) {
		snprintf(path + length, sizeof(path) - length, "/%0*ld", (int)(sizeof(path) - length - 2), i);
		close(check(open(path, O_CREAT | O_RDWR, 0600), "open"));
		// Once more: a repetition has to be counted for, so its first record has to be kept.
		close(check(open(path, O_CREAT | O_RDWR, 0600), "open"));
		check(unlink(path), "unlink");
	}
}

// COUNT: executions with 2 MB of arguments.
static void arguments(char **a)
{
	struct rlimit stack = {64 << 20, 64 << 20};
	char *list[18] = {"/bin/true"}, *none[] = {NULL};
	check(setrlimit(RLIMIT_STACK, &stack), "setrlimit");
	for (int i = 1; i <= 16; i++) {
		list[i] = malloc(131072);
		memset(list[i], 'a' + i, 131071);
		list[i][131071] = 0;
	}
	for (long i = 0; more(i, a[0]); i++) {
		pid_t child = check(vfork(), "vfork");
		if (child == 0) {
			execve(list[0], list, none);
			_exit(1);
		}
		int status;
		check(waitpid(child, &status, 0), "waitpid");
		if (status != 0)
			exit(1);
	}
}

// COUNT: TCP connections to ever other addresses of this host, a thousand of them open at a time.
static void connections(char **a)
{
	enum { AT_ONCE = 1000 };
	static int held[2][AT_ONCE];
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct linger at_once = {1, 0};
	struct rlimit descriptors = {4096, 4096};
	socklen_t length = sizeof(at);
	check(setrlimit(RLIMIT_NOFILE, &descriptors), "setrlimit");
	int server = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(server, (struct sockaddr *)&at, sizeof(at)), "bind");
	check(listen(server, 128), "listen");
	check(getsockname(server, (struct sockaddr *)&at, &length), "getsockname");
	for (long i = 0; more(i, a[0]); i++) {
		int place = i % AT_ONCE;
		if (i >= AT_ONCE) {
			close(held[0][place]);
			close(held[1][place]);
		}
		int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
		// No TIME_WAIT, which would use up the ports.
		check(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "linger");
		at.sin_addr.s_addr = htonl(0x7F000001 + i % 0xFFFFF0);
		check(connect(client, (struct sockaddr *)&at, sizeof(at)), "connect");
		held[0][place] = client;
		held[1][place] = check(accept(server, NULL, NULL), "accept");
	}
}

// SECONDS MOST USER: a fork bomb of a user without a limit of its own but that of so many processes; over when its time is.
static void forks(char **a)
{
	double until = seconds() + atof(a[0]);
	struct rlimit processes = {atol(a[1]), atol(a[1])};
	pid_t bomb = check(fork(), "fork");
	if (bomb > 0) {
		check(waitpid(bomb, NULL, 0), "waitpid");
		return;
	}
	check(setrlimit(RLIMIT_NPROC, &processes), "setrlimit");
	check(setpriority(PRIO_PROCESS, 0, 19), "setpriority");
	check(setgid(atoi(a[2])), "setgid");
	check(setuid(atoi(a[2])), "setuid");
	signal(SIGCHLD, SIG_IGN);
	pid_t first = getpid();
	// Each does the same again; who finds the limit reached ends, so that others can begin.
	while (seconds() < until)
		if (fork() < 0 && getpid() != first)
			_exit(0);
	_exit(0);
}

int main(int count, char **a)
{
	static const struct {
		const char *name;
		int arguments;
		void (*run)(char **);
	} storms[] = {{"files", 2, files}, {"paths", 2, paths}, {"arguments", 1, arguments}, {"connections", 1, connections}, {"forks", 3, forks}};
	// A storm does not outlive whoever started it.
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; count > 1 && i < sizeof(storms) / sizeof(*storms); i++) {
		if (strcmp(a[1], storms[i].name) != 0 || count - 2 != storms[i].arguments)
			continue;
		storms[i].run(a + 2);
		return 0;
	}
	fprintf(stderr, "storm: unknown storm, or arguments that do not fit it\n");
	return 1;
}
