// SPDX-License-Identifier: Apache-2.0
// Opens at all kinds of places. What was opened stays open, with the highest number that the program has.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "act.h"

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

// What is mounted from here on is nobody else's.
static void own_mounts(void)
{
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
}

// Bind-mounts FOLDER onto PLACE in a mount namespace of its own and opens PATH.
static void do_bind_mount(char **a)
{
	own_mounts();
	check(mount(a[0], a[1], NULL, MS_BIND, NULL), "bind");
	check(open(a[2], O_RDONLY), a[2]);
}

// Makes NAME in a tmpfs on PLACE.
static void do_tmpfs(char **a)
{
	own_mounts();
	check(mount("none", a[0], "tmpfs", 0, NULL), "tmpfs");
	check(chdir(a[0]), a[0]);
	check(open(a[1], O_CREAT | O_RDWR, 0600), a[1]);
}

// As in a container: FOLDER's lower, upper and work are an overlay on its merged, which becomes the root; opens PATH there. Exits with 3
// where there is no overlay.
static void do_container(char **a)
{
	own_mounts();
	check(chdir(a[0]), a[0]);
	if (mount("overlay", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") < 0)
		exit(3);
	check(chdir("merged"), "merged");
	check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	check(umount2(".", MNT_DETACH), "umount2");
	check(chdir("/"), "chdir");
	check(open(a[1], O_RDWR | O_CREAT, 0600), a[1]);
}

// Opens NAME in a copy of FOLDER's mount that hangs nowhere: Linux 5.2; exits with 3 before.
static void do_detached(char **a)
{
	int tree = syscall(428, AT_FDCWD, a[0], 1); // open_tree, OPEN_TREE_CLONE: newer than older headers
	if (tree < 0)
		exit(3);
	check(openat(tree, a[1], O_RDONLY), a[1]);
}

// Changes a copy of FOLDER's mount that hangs nowhere, as nobody puts it on PLACE in vain, and then does so: Linux 5.12; exits with 3 before.
static void do_put(char **a)
{
	const struct { unsigned long long set, clear, propagation, users; } attributes = {.set = 8 /* MOUNT_ATTR_NOEXEC */};
	own_mounts();
	int tree = syscall(428, AT_FDCWD, a[0], 1);
	if (syscall(442, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0) // mount_setattr
		exit(3);
	pid_t child = check(fork(), "fork");
	if (child == 0) {
		check(setuid(65534), "setuid");
		_exit(syscall(429, tree, "", AT_FDCWD, a[1], 4) == 0); // move_mount, MOVE_MOUNT_F_EMPTY_PATH
	}
	int status;
	check(waitpid(child, &status, 0), "waitpid");
	check(status ? -1 : 0, "nobody");
	check(syscall(429, tree, "", AT_FDCWD, a[1], 4), "move_mount");
}

// Makes NAME in a tmpfs on PLACE that was taken away lazily, though it is in use.
static void do_unmounted(char **a)
{
	own_mounts();
	check(mount("none", a[0], "tmpfs", 0, NULL), "tmpfs");
	check(chdir(a[0]), a[0]);
	check(umount2(a[0], MNT_DETACH), "umount2");
	check(open(a[1], O_CREAT | O_RDWR, 0600), a[1]);
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

const struct act paths[] = {
	{"tmpfile", do_tmpfile, 1},
	{"deleted", do_deleted, 1},
	{"chroot", do_chroot, 2},
	{"bind", do_bind_mount, 3},
	{"tmpfs", do_tmpfs, 2},
	{"container", do_container, 2},
	{"detached", do_detached, 2},
	{"put", do_put, 2},
	{"unmounted", do_unmounted, 2},
	{"deep", do_deep, 3},
	{0},
};
