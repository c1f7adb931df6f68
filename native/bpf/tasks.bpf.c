// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The kernel's own list of processes, whatever /proc shows: read every now and then, attached to nothing that anybody calls. */
#include "access.h"

char LICENSE[] SEC("license") = "GPL";

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL_TYPE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_TYPE;

SEC("iter/task")
int on_task(struct bpf_iter__task *at)
{
	struct task_struct *task = at->task;
	if (!task || task->pid != task->tgid)
		return 0;
	struct picket_task note = {.start = task->start_boottime, .pid = task->tgid, .parent = task->real_parent->tgid};
	bpf_probe_read_kernel(note.name, sizeof(note.name), (void *)task + bpf_core_field_offset(struct task_struct, comm));
	bpf_seq_write(at->meta->seq, &note, sizeof(note));
	return 0;
}
