// SPDX-License-Identifier: Apache-2.0
// Attaches a program that does nothing to the end of every system call, as Picket's is attached, says so, and waits for its end.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int end = libbpf_find_vmlinux_btf_id("sys_exit", BPF_TRACE_RAW_TP);
	if (end < 0)
		errx(1, "the kernel does not describe sys_exit");
	LIBBPF_OPTS(bpf_prog_load_opts, how, .expected_attach_type = BPF_TRACE_RAW_TP, .attach_btf_id = end);
	int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "nothing", "GPL", nothing, 2, &how);
	if (program < 0 || bpf_raw_tracepoint_open(NULL, program) < 0)
		err(1, "an empty program on sys_exit");
	puts("attached");
	fflush(stdout);
	pause();
}
