// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Where requests to io_uring are heard of before Linux 6.0, as seen on 5.10.0-46 of Debian, which has the io_uring of 5.15. Its
 * tracepoint of an end has the program's own word for the request, which any number of requests may share, and not the request.
 * So the ends are taken from the functions that make them: one tells a request's end at once; what is carried out while it is
 * submitted only leaves its result in it, and is told later with others.
 */
#include "ended.h"

char LICENSE[] SEC("license") = "GPL";

struct io_kiocb___before_6_0 {
	u32 result;
} KERNEL_TYPE;

SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(on_request_before_6_0, void *ring, struct io_kiocb *req)
{
	submitted(req);
	return 0;
}

SEC("fentry/io_req_complete_post")
int BPF_PROG(on_request_told, struct io_kiocb *req, int result)
{
	end_request(req, result);
	return 0;
}

/* `again`: it is not through. One that was told by the above does not wait any more. */
SEC("fexit/io_issue_sqe")
int BPF_PROG(on_request_issued, struct io_kiocb *req, unsigned int flags, int again)
{
	struct io_kiocb___before_6_0 *old = (void *)req;
	if (!again)
		end_request(req, LOAD(old, result));
	return 0;
}

/* It is not carried out, because the one that it was to follow failed. */
SEC("tp_btf/io_uring_fail_link")
int BPF_PROG(on_request_dropped, void *failed, void *dropped)
{
	u64 key = (u64)dropped;
	struct io_kiocb *req = CAST(dropped, struct io_kiocb);
	struct sock *sock = action_of_request(LOAD(req, opcode)) == CONNECT ? sock_of(CAST(LOAD(req, file), struct file)) : 0;
	bpf_map_delete_elem(&picket_waiting, &key);
	key = (u64)sock;
	bpf_map_delete_elem(&picket_pending, &key);
	return 0;
}
