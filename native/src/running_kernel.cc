// SPDX-License-Identifier: Apache-2.0
#include "running_kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace picket {
namespace {

const std::string noTracepoint = "this kernel has no tracepoint ";

// The kernel's description of its own types; null where it has none.
const btf* kernelTypes() {
  static const btf* const types = btf__load_vmlinux_btf();
  return types;
}

// Whether the kernel describes a thing of this name.
bool describes(const std::string& name, unsigned kind) {
  return kernelTypes() && btf__find_by_name_kind(kernelTypes(), name.c_str(), kind) > 0;
}

}  // namespace

bool kernelCasts() {
  return describes("bpf_rdonly_cast", BTF_KIND_FUNC);
}

bool lacksTracepoint(const std::string& reason) {
  return reason.rfind(noTracepoint, 0) == 0;
}

bool kernelSwaps() {
  const bpf_insn swap[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
      {BPF_STX | BPF_MEM | BPF_DW, 10, 0, -8, 0},
      {BPF_STX | BPF_ATOMIC | BPF_DW, 10, 0, -8, BPF_CMPXCHG},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "picket_probe", "GPL", swap, std::size(swap), nullptr);
  if (fd < 0) return errno != EINVAL;
  close(fd);
  return true;
}

unsigned argumentsOf(const std::string& tracepoint) {
  if (!describes("btf_trace_" + tracepoint, BTF_KIND_TYPEDEF)) return 0;
  const btf* types = kernelTypes();
  auto type = [&](unsigned id) { return btf__type_by_id(types, id); };
  const btf_type* named = type(static_cast<unsigned>(btf__find_by_name_kind(types, ("btf_trace_" + tracepoint).c_str(), BTF_KIND_TYPEDEF)));
  // The first is the tracer's own.
  return btf_vlen(type(type(named->type)->type)) - 1;
}

std::string lackedBy(const std::string& section) {
  if (section.rfind("tp_btf/", 0) == 0 && !describes("btf_trace_" + section.substr(7), BTF_KIND_TYPEDEF))
    return noTracepoint + section.substr(7);
  bool ofFunction = section.rfind("fentry/", 0) == 0 || section.rfind("fexit/", 0) == 0;
  std::string function = section.substr(section.find('/') + 1);
  return ofFunction && !describes(function, BTF_KIND_FUNC) ? "this kernel has no function " + function : "";
}

unsigned kernelPid(const std::string& folder) {
  unsigned pid = static_cast<unsigned>(getpid());
  bpf_object* object = bpf_object__open_file((folder + "/self.bpf.o").c_str(), nullptr);
  if (!object) return pid;
  if (bpf_object__load(object) == 0) {
    bpf_test_run_opts run{};
    run.sz = sizeof(run);
    int fd = bpf_program__fd(bpf_object__find_program_by_name(object, "own_pid"));
    int error = -EAGAIN;
    // Somebody who stops this process is in the way of it.
    for (int tries = 0; tries < 10 && (error == -EAGAIN || error == -EINTR); tries++) error = bpf_prog_test_run_opts(fd, &run);
    if (error == 0) pid = run.retval;
  }
  bpf_object__close(object);
  return pid;
}

}  // namespace picket
