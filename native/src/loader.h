// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bpf/libbpf.h>

#include <map>
#include <string>
#include <vector>

#include "attachments.h"
#include "control.h"

namespace picket {

// The kernel programs of one sensor: loaded and attached by the constructor, gone with the destructor. What does not load is
// named in `hooks` with its reason and the rest runs; only where nothing at all runs the constructor throws.
class Loader {
 public:
  struct Options {
    std::string folder;  // of the .bpf.o files
    unsigned ringBytes;
    bool ignoreSelf;  // this process and what it starts
    unsigned sampleMask;
    bool direct;  // false: read kernel memory by helpers even where plain loads work
  };

  explicit Loader(const Options& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  const std::vector<Hook>& hooks() const { return attachments_.hooks(); }
  // What is done in another way because this kernel lacks something, each in words.
  const std::vector<std::string>& fallbacks() const { return fallbacks_; }
  // Looks at what was attached, and attaches again what somebody took away; `lost` of a hook counts how often that was.
  void verify() { attachments_.verify(); }
  // This process as the kernel counts it: what records say, in a pid namespace too.
  unsigned ownPid() const { return ownPid_; }
  int map(const char* name) const;
  // The kernel's list of processes now, one struct picket_task after the other; empty where it can't be had.
  std::vector<unsigned char> tasks() const;
  // How often the kernel left a program out because the same one was at work on that CPU: it was preempted (Linux 7.0) or
  // interrupted. 0 before Linux 5.12, which does not count.
  u64 missed() const;
  // The programs stop; the maps stay until the destructor.
  void detach() { attachments_.detach(); }

 private:
  void load(const char* file);
  bool tryLoad(const char* file, std::map<std::string, std::string>& failed, unsigned& disturbed);
  void start(bpf_object* object);
  void hearEnds();
  void guard();

  Options options_;
  picket_settings settings_;
  unsigned ownPid_;
  std::vector<bpf_object*> objects_;
  std::map<std::string, int> maps_;
  Attachments attachments_;
  std::vector<std::string> fallbacks_;
};

}  // namespace picket
