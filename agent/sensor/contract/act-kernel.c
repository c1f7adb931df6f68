// SPDX-License-Identifier: Apache-2.0
// What is done to the kernel: its programs and their maps, its counters, its modules.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "act.h"

// Gives its id.
static unsigned make_map(const char *name, int *descriptor)
{
	union bpf_attr make = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
	strncpy(make.map_name, name, sizeof(make.map_name) - 1);
	*descriptor = check(syscall(SYS_bpf, BPF_MAP_CREATE, &make, sizeof(make)), "map");
	struct bpf_map_info info = {0};
	union bpf_attr ask = {.info = {.bpf_fd = *descriptor, .info_len = sizeof(info), .info = (long)&info}};
	check(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)), "info");
	return info.id;
}

static void open_map(const char *name)
{
	int map;
	union bpf_attr open = {.map_id = make_map(name, &map), .open_flags = BPF_F_RDONLY};
	check(syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &open, sizeof(open)), "open");
	// Of the command the kernel takes 32 bits, of the attributes as many as it is told: so it may be written to.
	check(syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID | 1ul << 32, &open, sizeof(open.map_id)), "open to write");
}

// Loads a BPF program of two instructions called NAME, makes a map called that and opens it by its id, to read and to write; asks for a
// performance counter and for page faults.
static void do_kernel(char **a)
{
	struct bpf_insn exits[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (long)exits, .insn_cnt = 2, .license = (long)"GPL"};
	struct perf_event_attr counter = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(counter), .config = PERF_COUNT_SW_CPU_CLOCK};
	strncpy(load.prog_name, a[0], sizeof(load.prog_name) - 1);
	check(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)), "bpf");
	open_map(a[0]);
	syscall(SYS_perf_event_open, &counter, 0, -1, -1, 0);
	syscall(SYS_userfaultfd, 0);
	syscall(SYS_finit_module, open("/etc/hosts", O_RDONLY), "a=b", 0);
	syscall(SYS_delete_module, "picket_none", 0);
}

static void *close_always(void *descriptor)
{
	for (;;)
		close((long)descriptor);
}

// Opens a map called NAME by its id again and again, while another thread closes what that gives, now and then before the call ends.
static void do_hide_map(char **a)
{
	pthread_t second;
	int map;
	unsigned id = make_map(a[0], &map);
	union bpf_attr open = {.map_id = id};
	pthread_create(&second, NULL, close_always, (void *)(map + 1l));
	for (int i = 0; i < 20000; i++)
		close(syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &open, sizeof(open)));
}

static void *swap_always(void *pair)
{
	int *ends = pair;
	for (;;)
		dup2(ends[0], ends[1]);
}

// The same, while another thread puts a pipe there.
static void do_swap_map(char **a)
{
	pthread_t second;
	int map, ends[2];
	unsigned id = make_map(a[0], &map);
	union bpf_attr open = {.map_id = id};
	check(pipe(ends), "pipe");
	int pair[2] = {ends[0], ends[1] + 1};
	pthread_create(&second, NULL, swap_always, pair);
	for (int i = 0; i < 20000; i++) {
		close(pair[1]);
		close(syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &open, sizeof(open)));
	}
}

// Moves the place of reading of the ring buffer whose map has this ID to its end.
static void do_advance_ring(char **a)
{
	union bpf_attr by = {.map_id = atoi(a[0])};
	int map = check(syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &by, sizeof(by)), "map");
	long page = sysconf(_SC_PAGESIZE);
	unsigned long *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	unsigned long *producer = mmap(NULL, page, PROT_READ, MAP_SHARED, map, page);
	check(consumer == MAP_FAILED || producer == MAP_FAILED ? -1 : 0, "mmap");
	__atomic_store_n(consumer, __atomic_load_n(producer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

// Puts programs that let everything pass in the place of those that the links in FOLDER hold: of a cgroup's calls and packets.
static void do_replace_programs(char **a)
{
	static const struct {
		const char *name;
		int type, attach;
	} links[] = {
		{"connect4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT},
		{"egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS},
		{"ingress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS},
	};
	struct bpf_insn passes[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1}, {.code = BPF_JMP | BPF_EXIT}};
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", a[0], links[i].name);
		union bpf_attr get = {.pathname = (long)path};
		union bpf_attr load = {.prog_type = links[i].type, .expected_attach_type = links[i].attach, .insns = (long)passes};
		load.insn_cnt = 2;
		load.license = (long)"GPL";
		union bpf_attr update = {0};
		update.link_update.link_fd = check(syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get)), path);
		update.link_update.new_prog_fd = check(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)), "load");
		check(syscall(SYS_bpf, BPF_LINK_UPDATE, &update, sizeof(update)), "link update");
	}
}

const struct act kernel[] = {
	{"kernel", do_kernel, 1},
	{"hide-map", do_hide_map, 1},
	{"swap-map", do_swap_map, 1},
	{"advance-ring", do_advance_ring, 1},
	{"replace-programs", do_replace_programs, 1},
	{0},
};
