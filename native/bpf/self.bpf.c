// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Whoever runs this program (BPF_PROG_TEST_RUN, which since Linux 5.10 runs it in the caller's own context) is told its thread
 * group's id as the kernel counts it. In a pid namespace, getpid(2) gives another, and /proc there knows no other.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp")
int own_pid(void *ctx)
{
	return bpf_get_current_pid_tgid() >> 32;
}
