// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Where requests to io_uring are heard of: from Linux 6.0 on. Before, uring-before-6.0.bpf.c is loaded instead. */
#include "ended.h"

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_request, struct io_kiocb *req)
{
	submitted(req);
	return 0;
}

/* What it was called from Linux 6.0 to 6.2. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(on_request_before_6_3, struct io_kiocb *req)
{
	submitted(req);
	return 0;
}

/* One more connection of a request that goes on accepting: the kernel names no request, only what the program called it. */
static __noinline int accepted_again(struct task_struct *task, u64 ring, struct io_uring_cqe *cqe)
{
	if (!task || !cqe)
		return 0;
	struct acceptor key = {.ring = ring, .word = LOAD(cqe, user_data)};
	struct asker *who = bpf_map_lookup_elem(&picket_acceptors, &key);
	i32 result = LOAD(cqe, res);
	if (!who || result < 0 || LOAD(task, tgid) != who->pid)
		return 0;
	struct asker by = *who;
	struct sock *sock = sock_of(file_of(task, result));
	return sock ? tell_socket(sock, &by, ACCEPT, 0, result) : 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(on_request_end, void *ring, struct io_kiocb *request, void *completion)
{
	if (!request)
		return accepted_again(current_task(), (u64)ring, CAST(completion, struct io_uring_cqe));
	struct io_kiocb *req = CAST(request, struct io_kiocb);
	end_request(request, LOAD(req, cqe.res));
	return 0;
}
