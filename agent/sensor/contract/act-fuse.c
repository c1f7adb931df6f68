// SPDX-License-Identifier: Apache-2.0
// A file system of our own (FUSE), whose files have the names that we like.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "act.h"

enum { ROOT = 1, FILE_OF_ANY_NAME };

static void answer(int device, const struct fuse_in_header *request, int error, const void *data, size_t bytes)
{
	struct fuse_out_header head = {.len = sizeof(head) + bytes, .error = error, .unique = request->unique};
	struct iovec pieces[] = {{&head, sizeof(head)}, {(void *)data, bytes}};
	writev(device, pieces, 2);
}

static struct fuse_attr attributes_of(unsigned long node)
{
	return (struct fuse_attr){.ino = node, .mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644, .nlink = 1};
}

// Whatever is looked for is there.
static void *serve(void *argument)
{
	static char request[1 << 17];
	const struct fuse_in_header *head = (void *)request;
	int device = *(int *)argument;
	while (read(device, request, sizeof(request)) > 0) {
		struct fuse_init_out hello = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
		struct fuse_entry_out entry = {.nodeid = FILE_OF_ANY_NAME, .entry_valid = 1000, .attr_valid = 1000};
		struct fuse_attr_out attributes = {.attr_valid = 1000, .attr = attributes_of(head->nodeid)};
		struct fuse_open_out opened = {0};
		entry.attr = attributes_of(FILE_OF_ANY_NAME);
		switch (head->opcode) {
		case FUSE_INIT:
			answer(device, head, 0, &hello, sizeof(hello));
			break;
		case FUSE_LOOKUP:
			answer(device, head, 0, &entry, sizeof(entry));
			break;
		case FUSE_GETATTR:
			answer(device, head, 0, &attributes, sizeof(attributes));
			break;
		case FUSE_OPEN:
			answer(device, head, 0, &opened, sizeof(opened));
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			break;
		default:
			answer(device, head, -ENOSYS, NULL, 0);
		}
	}
	return NULL;
}

// Opens a file at PLACE whose name has so many BYTES. Exits with 3 where there is no FUSE, or it lets no name be that long.
static void do_long_name(char **a)
{
	char options[128], name[4096] = {0};
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	pthread_t server;
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (device < 0 || mount("picket", a[0], "fuse", 0, options) < 0)
		exit(3);
	pthread_create(&server, NULL, serve, &device);
	memset(name, 'n', atoi(a[1]));
	name[0] = '<';
	check(chdir(a[0]), a[0]);
	// The kernel hears that there is no flush, and asks no more: at the end of this process nobody answers.
	close(check(open("first", O_RDONLY), "first"));
	if (open(name, O_RDONLY) < 0)
		exit(errno == ENAMETOOLONG ? 3 : 1);
}

const struct act fuse[] = {
	{"long-name", do_long_name, 2},
	{0},
};
