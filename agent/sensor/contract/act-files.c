// SPDX-License-Identifier: Apache-2.0
// What is done to files, and by calls of other widths.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "act.h"

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

// Two pages below 4 GiB, where a 32-bit program's memory is.
static char *low_memory(void)
{
	static char *low;
	if (!low)
		low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	return low;
}

static long int80(long number, long a, long b)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return result;
}

// A system call of a 32-bit program with a text, and behind it, if there is to be more, a list of that text alone.
static long call32(long number, const char *text, long more)
{
	char *low = low_memory();
	strcpy(low, text);
	*(unsigned *)(low + 4096) = (unsigned)(long)low;
	return int80(number, (long)low, more ? (long)low + 4096 : 0);
}

// As nobody asks to move the clock, and to set it, by the calls of 32-bit programs: those with narrow times, then those with wide ones.
static void do_clock32(char **a)
{
	static const struct { int move, set; int wide; } calls[] = {{343, 264, 0}, {405, 404, 1}};
	int *narrow = (int *)low_memory();
	long *wide = (long *)narrow;
	(void)a;
	check(setuid(65534), "setuid");
	for (int i = 0; i < 2; i++) {
		memset(narrow, 0, 4096);
		narrow[0] = 0x100; // ADJ_SETOFFSET
		if (calls[i].wide)
			wide[9] = 3600;
		else
			narrow[9] = 1800;
		int80(calls[i].move, CLOCK_REALTIME, (long)narrow);
		memset(narrow, 0, 4096);
		if (calls[i].wide)
			wide[0] = 5000000000;
		else
			narrow[0] = 1000000000;
		int80(calls[i].set, CLOCK_REALTIME, (long)narrow);
	}
}

static void do_open32(char **a) { check(call32(5, a[0], 0), "open32"); }

static void do_unlink32(char **a) { check(call32(10, a[0], 0), "unlink32"); }

static void do_execute32(char **a) { call32(11, a[0], 1); }

static void do_open_x32(char **a) { check(syscall(0x40000000 + SYS_open, a[0], O_RDONLY), "open-x32"); }

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

// Two attributes of security of the open file PATH, one after the other.
static void do_attributes_of_file(char **a)
{
	int file = check(open(a[0], O_RDWR), a[0]);
	check(syscall(SYS_fsetxattr, file, "security.one", "x", 1, 0), "fsetxattr");
	check(syscall(SYS_fsetxattr, file, "security.other", "x", 1, 0), "fsetxattr");
}

// The same by the calls of Linux 6.13, from the folder of PATH; exits with 3 where there are none.
static void do_attributes_at(char **a)
{
	struct { unsigned long value; unsigned size, flags; } given = {(unsigned long)"x", 1, 0};
	int folder = check(open(a[0], O_PATH | O_DIRECTORY), a[0]);
	if (syscall(463, folder, a[1], 0, "security.picket", &given, sizeof(given)) < 0)
		exit(errno == ENOSYS ? 3 : 1);
	syscall(463, folder, a[1], 0, "user.picket", &given, sizeof(given));
	check(syscall(466, folder, a[1], 0, "security.picket"), "removexattrat");
}

// open of PATH by its handle; exits with 3 where its file system has none.
static void do_by_handle(char **a)
{
	struct { struct file_handle head; unsigned char rest[MAX_HANDLE_SZ]; } handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	int mount, folder = check(open(a[1], O_RDONLY | O_DIRECTORY), a[1]);
	if (name_to_handle_at(AT_FDCWD, a[0], &handle.head, &mount, 0) < 0)
		exit(errno == EOPNOTSUPP ? 3 : 1);
	check(open_by_handle_at(folder, &handle.head, O_RDONLY), "open_by_handle_at");
}

static volatile int over;

static void *close_again(void *first)
{
	while (!over)
		syscall(SYS_close, *(int *)first);
	return NULL;
}

// TIMES x open(PATH), whose descriptor another thread closes as soon as it is there.
static void do_open_race(char **a)
{
	pthread_t other;
	int first = check(dup(1), "dup");
	close(first);
	pthread_create(&other, NULL, close_again, &first);
	for (int times = atoi(a[1]); times > 0; times--) {
		int fd = syscall(SYS_open, a[0], O_RDONLY);
		if (fd > first)
			close(fd);
	}
	over = 1;
	pthread_join(other, NULL);
}

// Makes the mount of a folder of its own, PATH, one from which nothing is executed: Linux 5.12; exits with 3 before.
static void do_mount_attributes(char **a)
{
	struct { unsigned long set, clear, propagation, user; } attributes = {.set = 8};
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	check(mount("tmpfs", a[0], "tmpfs", 0, NULL), "mount");
	if (syscall(442, AT_FDCWD, a[0], 0, &attributes, sizeof(attributes)) < 0)
		exit(errno == ENOSYS ? 3 : 1);
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

const struct act files[] = {
	{"open", do_open, 3},
	{"openat", do_openat, 2},
	{"openat2", do_openat2, 1},
	{"creat", do_creat, 1},
	{"unlink32", do_unlink32, 1},
	{"execute32", do_execute32, 1},
	{"open-x32", do_open_x32, 1},
	{"open32", do_open32, 1},
	{"clock32", do_clock32, 0},
	{"change-file", do_change_file, 1},
	{"attributes", do_attributes, 1},
	{"attributes-of-file", do_attributes_of_file, 1},
	{"attributes-at", do_attributes_at, 2},
	{"by-handle", do_by_handle, 2},
	{"open-race", do_open_race, 2},
	{"mount-attributes", do_mount_attributes, 1},
	{"mount", do_mount, 2},
	{"chroot-rename", do_chroot_rename, 3},
	{"open-together", do_open_together, 3},
	{0},
};
