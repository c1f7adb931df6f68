// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace picket {

std::string whyUnsupported() {
#ifndef __x86_64__
  return "the kernel programs read the registers of x86-64 only; run the agent on an x86-64 machine";
#endif
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return "/sys/kernel/btf/vmlinux is missing: the kernel does not describe its types (BTF); use a kernel with "
           "CONFIG_DEBUG_INFO_BTF, such as that of Debian 11 or Fedora 32 and later";
  int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "picket_probe", 0, 0, static_cast<unsigned>(getpagesize()), nullptr);
  if (fd >= 0) {
    close(fd);
    return "";
  }
  if (errno == EPERM) return "loading programs into the kernel needs root (or CAP_BPF and CAP_PERFMON); start it as root";
  if (errno == EINVAL) return "the kernel has no BPF ring buffer; use Linux 5.8 or later";
  if (errno == ENOSYS) return "the kernel has no bpf system call (or a container forbids it); run the agent on the host";
  return std::string("the kernel refused a BPF map: ") + std::strerror(errno);
}

}  // namespace picket
