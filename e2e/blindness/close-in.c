// SPDX-License-Identifier: Apache-2.0
// PID FD: makes another process close one of its own descriptors, as a debugger does (gdb: call close(FD)).
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

int main(int count, char **a)
{
	struct user_regs_struct was, does;
	if (count != 3)
		return 1;
	pid_t pid = atoi(a[1]);
	check(ptrace(PTRACE_SEIZE, pid, NULL, NULL), "seize");
	// Until it is caught behind a system call of its own: that instruction is used for ours.
	for (int tries = 0;; tries++) {
		check(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), "interrupt");
		check(waitpid(pid, NULL, __WALL), "wait");
		check(ptrace(PTRACE_GETREGS, pid, NULL, &was), "registers");
		if ((ptrace(PTRACE_PEEKTEXT, pid, was.rip - 2, NULL) & 0xffff) == 0x050f)
			break;
		if (tries == 10000)
			return 1;
		check(ptrace(PTRACE_CONT, pid, NULL, NULL), "go on");
		usleep(1000);
	}
	does = was;
	does.rip -= 2;
	does.rax = SYS_close;
	does.orig_rax = -1;
	does.rdi = atoi(a[2]);
	check(ptrace(PTRACE_SETREGS, pid, NULL, &does), "set registers");
	check(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), "step");
	check(waitpid(pid, NULL, __WALL), "wait");
	check(ptrace(PTRACE_GETREGS, pid, NULL, &does), "registers");
	check(ptrace(PTRACE_SETREGS, pid, NULL, &was), "restore");
	check(ptrace(PTRACE_DETACH, pid, NULL, NULL), "detach");
	return does.rax == 0 ? 0 : 1;
}
