// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bpf/libbpf.h>

#include <string>
#include <vector>

#include "../bpf/isolation.h"

namespace picket {

// The programs of bpf/isolation.bpf.c on one cgroup. They are attached by links, which are pinned where that is possible: then
// the isolation goes on when this process ends, and the next one takes its pins over without a gap.
class Isolation {
 public:
  struct Options {
    std::string object;  // of the compiled programs
    std::string cgroup;  // folder
    std::string pins;    // folder in a BPF file system
    __u64 until;         // CLOCK_BOOTTIME, nanoseconds; 0: no limit
    std::vector<picket_server> servers;
  };

  // Throws std::runtime_error, with nothing attached that was not before.
  explicit Isolation(const Options& options);
  ~Isolation();
  Isolation(const Isolation&) = delete;
  Isolation& operator=(const Isolation&) = delete;

  // Why it ends with this process; empty where it does not.
  const std::string& fleeting() const { return fleeting_; }
  // Whether all programs are still where they were put.
  bool intact() const;
  // What is pinned goes on.
  void close();
  void release();
  // Ends what an earlier process left.
  static void releasePinned(const std::string& pins);

 private:
  std::string pins_;
  std::string fleeting_;
  bpf_object* object_ = nullptr;
  std::vector<bpf_link*> links_;
  std::vector<__u32> programIds_;  // of the links, in their order
};

}  // namespace picket
