// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bpf/libbpf.h>

#include <string>
#include <vector>

#include "control.h"

namespace picket {

struct Hook {
  std::string name;
  bool attached;
  std::string reason;  // why not, in the verifier's or the kernel's words
  unsigned lost = 0;   // how often it was taken away
};

// Where kernel programs are attached, and whether they still are.
class Attachments {
 public:
  Attachments() = default;
  ~Attachments() { detach(); }
  Attachments(const Attachments&) = delete;
  Attachments& operator=(const Attachments&) = delete;

  const std::vector<Hook>& hooks() const { return hooks_; }
  bool any() const;
  // Attaches a program to what its section says, or puts it into `families` (a map's descriptor) in the place of its family.
  void add(const char* hook, bpf_program* program, unsigned family, int families);
  // No program for the hook could be loaded.
  void lack(const char* hook, const std::string& reason);
  // Attaches again what somebody took away.
  void verify();
  // What the hook is attached by; null where it is not.
  bpf_link* link(const std::string& hook) const;
  void detach();

 private:
  // A link by its id and that of the program, or a family's place by the id of the program there.
  struct Attached {
    size_t hook;
    bpf_program* program;
    unsigned family;
    int families;
    bpf_link* link = nullptr;
    u32 id = 0;
    u32 programId = 0;
  };
  void attach(Attached wanted);
  // Fills in what it is attached by. Why it is not; empty where it is.
  static std::string plug(Attached& wanted);
  static bool isThere(const Attached& attached);

  std::vector<Hook> hooks_;
  std::vector<Attached> attached_;
};

}  // namespace picket
