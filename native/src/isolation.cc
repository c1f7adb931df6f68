// SPDX-License-Identifier: Apache-2.0
#include "isolation.h"

#include "undisturbed.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace picket {
namespace {

// The packet hooks last: what they cut was refused to programs with a word before.
const char* const programs[] = {"connect4", "connect6", "sendmsg4", "sendmsg6", "egress", "ingress"};

std::string pinOf(const std::string& pins, const char* program) { return pins + "/" + program; }

std::string freshPinOf(const std::string& pins, const char* program) { return pinOf(pins, program) + "-new"; }

void unpin(const std::string& pins) {
  for (const char* program : programs) {
    unlink(pinOf(pins, program).c_str());
    unlink(freshPinOf(pins, program).c_str());
  }
}

// At once. Whoever only drops the last reference waits for the kernel, which takes the program off some milliseconds later.
void detach(const std::string& pin) {
  int link = bpf_obj_get(pin.c_str());
  if (link < 0) return;
  bpf_link_detach(link);
  ::close(link);
}

// Id of the program that the link holds on its cgroup; 0 where it does not: a link that was taken off is still there.
__u32 programOf(const bpf_link* link) {
  bpf_link_info info{};
  __u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0) return 0;
  return info.type == BPF_LINK_TYPE_CGROUP && info.cgroup.cgroup_id != 0 ? info.prog_id : 0;
}

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::runtime_error(what + ": " + std::strerror(error));
}

}  // namespace

Isolation::Isolation(const Options& options) : pins_(options.pins) {
  int cgroup = open(options.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) fail("the cgroup " + options.cgroup + " can't be opened", errno);
  try {
    object_ = bpf_object__open_file(options.object.c_str(), nullptr);
    if (!object_) fail(options.object + " can't be opened", errno);
    Undisturbed undisturbed;
    if (int error = bpf_object__load(object_)) fail("the kernel refuses the programs that isolate", -error);
    __u32 first = 0;
    picket_limit limit{options.until};
    int limits = bpf_object__find_map_fd_by_name(object_, "picket_limits");
    if (bpf_map_update_elem(limits, &first, &limit, BPF_ANY)) fail("the time limit can't be set", errno);
    int servers = bpf_object__find_map_fd_by_name(object_, "picket_servers");
    for (const picket_server& server : options.servers) {
      __u8 one = 1;
      if (bpf_map_update_elem(servers, &server, &one, BPF_ANY)) fail("the server's address can't be set", errno);
    }
    if (bpf_map_freeze(servers) != 0 || bpf_map_freeze(limits) != 0) fail("whom the host reaches can't be settled", errno);
    for (const char* name : programs) {
      bpf_program* program = bpf_object__find_program_by_name(object_, name);
      bpf_link* link = program ? bpf_program__attach_cgroup(program, cgroup) : nullptr;
      if (!link) fail(std::string(name) + " can't be attached to " + options.cgroup, errno);
      links_.push_back(link);
      programIds_.push_back(programOf(link));
    }
  } catch (...) {
    ::close(cgroup);
    close();
    throw;
  }
  ::close(cgroup);
  // Under another name first: until then those of an earlier process hold.
  for (size_t i = 0; i < links_.size(); i++) {
    std::string pin = pinOf(pins_, programs[i]), fresh = freshPinOf(pins_, programs[i]);
    unlink(fresh.c_str());
    int error = -bpf_link__pin(links_[i], fresh.c_str());
    if (error == 0 && rename(fresh.c_str(), pin.c_str()) != 0) error = errno;
    if (error == 0) continue;
    unlink(fresh.c_str());
    fleeting_ = "nothing can be kept in " + pins_ + ": " + std::strerror(error);
    break;
  }
  // Half of it is of no use to whoever comes next.
  if (!fleeting_.empty()) unpin(pins_);
}

Isolation::~Isolation() { close(); }

void Isolation::close() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
  programIds_.clear();
  if (object_) bpf_object__close(object_);
  object_ = nullptr;
}

bool Isolation::intact() const {
  for (size_t i = 0; i < links_.size(); i++)
    if (programOf(links_[i]) != programIds_[i]) return false;
  return !links_.empty();
}

void Isolation::release() {
  for (bpf_link* link : links_) bpf_link__detach(link);
  unpin(pins_);
  close();
}

void Isolation::releasePinned(const std::string& pins) {
  for (const char* program : programs) {
    detach(pinOf(pins, program));
    detach(freshPinOf(pins, program));
  }
  unpin(pins);
}

}  // namespace picket
