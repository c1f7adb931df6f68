// SPDX-License-Identifier: Apache-2.0
#include "attachments.h"

#include "complaint.h"
#include "running_kernel.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace picket {
namespace {

// All 0 where the descriptor is no link any more. Before Linux 5.8 a link has no id.
bpf_link_info linkOf(const bpf_link* link) {
  bpf_link_info info{};
  u32 size = sizeof(info);
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0) return {};
  return info;
}

u32 idOf(const bpf_program* program) {
  bpf_prog_info info{};
  u32 size = sizeof(info);
  return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.id : 0;
}

}  // namespace

bool Attachments::any() const {
  return std::any_of(hooks_.begin(), hooks_.end(), [](const Hook& hook) { return hook.attached; });
}

void Attachments::add(const char* hook, bpf_program* program, unsigned family, int families) {
  hooks_.push_back({hook, false, ""});
  attach({hooks_.size() - 1, program, family, families});
}

void Attachments::lack(const char* hook, const std::string& reason) {
  auto known = std::find_if(hooks_.begin(), hooks_.end(), [&](const Hook& each) { return each.name == hook; });
  if (known == hooks_.end())
    hooks_.push_back({hook, false, reason});
  else if (!known->attached && lacksTracepoint(known->reason))
    known->reason = reason;  // of two for one hook, the kernel has what this one is attached to, and it was refused
}

void Attachments::attach(Attached wanted) {
  Hook& hook = hooks_[wanted.hook];
  hook.reason = plug(wanted);
  hook.attached = hook.reason.empty();
  if (hook.attached) attached_.push_back(wanted);
}

std::string Attachments::plug(Attached& wanted) {
  forgetComplaint();
  if (wanted.family != FAMILY_NONE) {
    u32 fd = static_cast<u32>(bpf_program__fd(wanted.program));
    if (bpf_map_update_elem(wanted.families, &wanted.family, &fd, BPF_ANY) != 0) return std::strerror(errno);
  } else {
    wanted.link = bpf_program__attach(wanted.program);
    if (!wanted.link) return complaint().empty() ? std::strerror(errno) : complaint();
    wanted.id = linkOf(wanted.link).id;
  }
  wanted.programId = idOf(wanted.program);
  return "";
}

bool Attachments::isThere(const Attached& attached) {
  u32 found = 0;
  if (attached.family != FAMILY_NONE)
    return bpf_map_lookup_elem(attached.families, &attached.family, &found) == 0 && found == attached.programId;
  // The descriptor may be somebody else's by now; the program of some links can be exchanged.
  bpf_link_info info = linkOf(attached.link);
  return info.id == attached.id && info.prog_id == attached.programId;
}

void Attachments::verify() {
  for (size_t i = 0; i < attached_.size();) {
    Attached gone = attached_[i];
    if (isThere(gone)) {
      i++;
      continue;
    }
    // Where its descriptor is closed, or is another file by now, it is not ours to close.
    if (gone.link && linkOf(gone.link).id == gone.id) bpf_link__destroy(gone.link);
    attached_.erase(attached_.begin() + static_cast<long>(i));
    hooks_[gone.hook].lost++;
    attach({gone.hook, gone.program, gone.family, gone.families});
  }
}

bpf_link* Attachments::link(const std::string& hook) const {
  for (const Attached& attached : attached_)
    if (hooks_[attached.hook].name == hook && isThere(attached)) return attached.link;
  return nullptr;
}

void Attachments::detach() {
  for (const Attached& attached : attached_)
    if (attached.link && isThere(attached)) bpf_link__destroy(attached.link);
  attached_.clear();
}

}  // namespace picket
