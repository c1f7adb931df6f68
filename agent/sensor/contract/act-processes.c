// SPDX-License-Identifier: Apache-2.0
// What processes do to themselves and to each other.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "act.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

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

static void do_identity(char **a)
{
	(void)a;
	check(setgid(65534), "setgid");
	check(setuid(65534), "setuid");
	setuid(0);
}

// A child with users and a host name of its own, by one clone(2); exits with 3 where none may be made.
static void do_clone_apart(char **a)
{
	(void)a;
	long child = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
	if (child < 0)
		exit(3);
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void *wait_for_ever(void *nothing)
{
	pause();
	return nothing;
}

// By a descriptor of its second thread; of the process before Linux 6.9.
static void take_output(pid_t of)
{
	char folder[32];
	pid_t thread = 0;
	snprintf(folder, sizeof(folder), "/proc/%d/task", of);
	for (int tries = 0; thread == 0; tries++) {
		DIR *threads = opendir(folder);
		check(threads && tries < 10000 ? 0 : -1, folder);
		for (struct dirent *each; (each = readdir(threads));)
			if (atoi(each->d_name) > 0 && atoi(each->d_name) != of)
				thread = atoi(each->d_name);
		closedir(threads);
		usleep(100);
	}
	long described = syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
	if (described < 0)
		described = check(syscall(SYS_pidfd_open, of, 0), "pidfd_open");
	check(syscall(SYS_pidfd_getfd, described, 1, 0), "pidfd_getfd");
}

// Attaches to a child of two threads, writes its memory and registers; then reads and writes it without, and takes its output.
static void do_trace(char **a)
{
	static long word = 1;
	struct user_regs_struct registers;
	(void)a;
	pid_t child = fork();
	if (child == 0) {
		pthread_t second;
		pthread_create(&second, NULL, wait_for_ever, NULL);
		pause();
		_exit(0);
	}
	take_output(child);
	check(ptrace(PTRACE_ATTACH, child, 0, 0), "attach");
	waitpid(child, NULL, 0);
	check(ptrace(PTRACE_POKEDATA, child, &word, 2L), "poke");
	check(ptrace(PTRACE_GETREGS, child, 0, &registers), "getregs");
	check(ptrace(PTRACE_SETREGS, child, 0, &registers), "setregs");
	check(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, regs.r15), registers.r15), "pokeuser");
	struct iovec io = {&word, sizeof(word)};
	check(process_vm_writev(child, &io, 1, &io, 1, 0), "process_vm_writev");
	check(process_vm_readv(child, &io, 1, &io, 1, 0), "process_vm_readv");
	kill(child, SIGKILL);
}

// Moves the clock by nothing, and (as nobody) asks to set it.
static void do_clock(char **a)
{
	struct timex none = {.modes = ADJ_SETOFFSET}, slowly = {.modes = 0};
	struct timespec when = {.tv_sec = 1000000000};
	struct timeval then = {.tv_sec = 1000000000};
	(void)a;
	check(adjtimex(&slowly), "adjtimex");
	clock_adjtime(CLOCK_REALTIME, &none);
	check(setuid(65534), "setuid");
	clock_settime(CLOCK_REALTIME, &when);
	settimeofday(&then, NULL);
}

// TIMES x some call that asks for a number, by turns that do not come again.
static void do_wander(char **a)
{
	static const long calls[] = {SYS_getpid,  SYS_getppid, SYS_getuid, SYS_geteuid,
				     SYS_getgid, SYS_getegid, SYS_gettid, SYS_sched_yield};
	unsigned long turn = 1;
	for (int times = atoi(a[0]); times > 0; times--) {
		turn = turn * 6364136223846793005 + 1442695040888963407;
		syscall(calls[turn >> 61]);
	}
}

// Tries to execute PATH.
static void do_execute(char **a)
{
	char *none[] = {NULL};
	execve(a[0], a, none);
}

// Executes PROGRAM with long variables of the loader before the one that counts.
static void do_hide_preload(char **a)
{
	static char path[5000] = "LD_LIBRARY_PATH=";
	char *variables[] = {path, path, path, path, path, "LD_PRELOAD=/tmp/x.so", NULL}, *arguments[] = {a[0], NULL};
	memset(path + strlen(path), '/', sizeof(path) - strlen(path) - 1);
	execve(a[0], arguments, variables);
	check(-1, a[0]);
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

const struct act processes[] = {
	{"memfd", do_memfd, 1},
	{"deleted-exec", do_deleted_exec, 2},
	{"signal", do_signal, 1},
	{"clock", do_clock, 0},
	{"thread", do_thread, 0},
	{"rename-self", do_rename_self, 2},
	{"identity", do_identity, 0},
	{"trace", do_trace, 0},
	{"clone-apart", do_clone_apart, 0},
	{"execute", do_execute, 1},
	{"hide-preload", do_hide_preload, 1},
	{"wander", do_wander, 1},
	{0},
};
