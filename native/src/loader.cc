// SPDX-License-Identifier: Apache-2.0
#include "loader.h"

#include "complaint.h"
#include "running_kernel.h"
#include "undisturbed.h"

#include <bpf/bpf.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace picket {
namespace {

// A program of bpf/*.bpf.c: attached to what its section says, or put behind the one on sys_exit as the given family. Of two for one
// hook, the kernel has what the one or the other is attached to.
struct Program {
  const char* object;
  const char* program;
  const char* hook;
  unsigned family;
};

const Program programs[] = {
    {"process.bpf.o", "on_exec", "process.exec", FAMILY_NONE},
    {"process.bpf.o", "on_fork", "process.fork", FAMILY_NONE},
    {"process.bpf.o", "on_exit", "process.exit", FAMILY_NONE},
    {"file.bpf.o", "family_file", "file", FAMILY_FILE},
    {"network.bpf.o", "family_network", "network", FAMILY_NETWORK},
    {"network.bpf.o", "family_datagrams", "network.datagrams", FAMILY_DATAGRAMS},
    {"network.bpf.o", "on_socket_state", "network.state", FAMILY_NONE},
    {"change.bpf.o", "family_change", "change", FAMILY_CHANGE},
    {"syscall.bpf.o", "on_sys_exit", "syscall", FAMILY_NONE},
    {"signals.bpf.o", "on_signal", "signals", FAMILY_NONE},
    {"tasks.bpf.o", "on_task", "tasks", FAMILY_NONE},
    {"uring.bpf.o", "on_request", "io_uring.request", FAMILY_NONE},
    {"uring.bpf.o", "on_request_before_6_3", "io_uring.request", FAMILY_NONE},
    {"uring.bpf.o", "on_request_end", "io_uring.end", FAMILY_NONE},
    {"uring-before-6.0.bpf.o", "on_request_before_6_0", "io_uring.request", FAMILY_NONE},
    {"uring-before-6.0.bpf.o", "on_request_told", "io_uring.end", FAMILY_NONE},
    {"uring-before-6.0.bpf.o", "on_request_issued", "io_uring.end-at-once", FAMILY_NONE},
    {"uring-before-6.0.bpf.o", "on_request_dropped", "io_uring.dropped", FAMILY_NONE},
};
const char* const objects[] = {"process.bpf.o", "file.bpf.o",    "network.bpf.o", "change.bpf.o",
                               "syscall.bpf.o", "signals.bpf.o", "tasks.bpf.o"};

// The maps that the reader writes to in its own memory.
const std::set<std::string> readerWrites{"picket_ring", "picket_wake", "picket_folds", "picket_seen"};

// Tries at an object whose programs the verifier does not look at to the end because this process is stopped or frozen meanwhile;
// libbpf makes five of each. Somebody who does that more often can as well kill us. There is no later: the families are frozen then.
constexpr unsigned mostDisturbed = 10;

}  // namespace

Loader::Loader(const Options& options) : options_(options), settings_{} {
  Undisturbed undisturbed;
  keepComplaints();
  ownPid_ = kernelPid(options.folder);
  if (getrandom(&settings_.seed, sizeof(settings_.seed), 0) != sizeof(settings_.seed))
    throw std::runtime_error("no random bytes for the fold table's seed");
  settings_.sample_mask = options.sampleMask;
  settings_.self = ownPid_;
  struct stat first;
  if (stat("/proc/1/ns/net", &first) == 0 || stat("/proc/self/ns/net", &first) == 0)
    settings_.network = static_cast<u32>(first.st_ino);
  settings_.ring_bytes = options.ringBytes;
  bool casts = options.direct && kernelCasts(), swaps = kernelSwaps();
  if (!casts) {
    options_.folder += swaps ? "/before-6.2" : "/before-5.12";
    fallbacks_.push_back("kernel memory is read by helpers (plain loads: Linux 6.2)");
  }
  if (!swaps) {
    fallbacks_.push_back("repetition is not folded in the kernel (it takes compare-and-swap: Linux 5.12)");
    fallbacks_.push_back("of a path the last 128 names are told, of an environment the first 256 variables are looked through (255 KiB: Linux 5.12)");
  }
  for (const char* file : objects) load(file);
  bool old = argumentsOf("io_uring_submit_sqe") > 2;
  if (old) fallbacks_.push_back("results of io_uring requests are taken from kernel functions (its tracepoint names them: Linux 6.0)");
  load(old ? "uring-before-6.0.bpf.o" : "uring.bpf.o");
  if (attachments_.any()) {
    hearEnds();
    guard();
    return;
  }
  std::string reasons;
  for (const Hook& hook : hooks()) reasons += (reasons.empty() ? "" : "; ") + hook.name + ": " + hook.reason;
  for (bpf_object* object : objects_) bpf_object__close(object);
  throw std::runtime_error("no kernel program could be loaded (" + reasons + ")");
}

Loader::~Loader() {
  detach();
  for (bpf_object* object : objects_) bpf_object__close(object);
}

u64 Loader::missed() const {
  u64 sum = 0;
  for (bpf_object* object : objects_) {
    bpf_program* program;
    bpf_object__for_each_program(program, object) {
      bpf_prog_info info{};
      u32 size = sizeof(info);
      if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) sum += info.recursion_misses;
    }
  }
  return sum;
}

int Loader::map(const char* name) const {
  auto found = maps_.find(name);
  if (found == maps_.end()) throw std::logic_error(std::string("no map is called ") + name);
  return found->second;
}

// A program that the verifier refuses spoils its whole object: leave it out and load the rest, until nothing is refused.
void Loader::load(const char* file) {
  std::map<std::string, std::string> failed;
  unsigned disturbed = 0;
  while (!tryLoad(file, failed, disturbed)) {
  }
  for (const Program& program : programs) {
    auto found = failed.find(program.program);
    if (std::strcmp(program.object, file) == 0 && found != failed.end()) attachments_.lack(program.hook, found->second);
  }
}

// False when it is worth another try, without what is in `failed` by now. `disturbed` counts the tries that the verifier gave up.
bool Loader::tryLoad(const char* file, std::map<std::string, std::string>& failed, unsigned& disturbed) {
  auto failAll = [&](const std::string& reason) {
    for (const Program& program : programs)
      if (std::strcmp(program.object, file) == 0) failed.emplace(program.program, reason);
  };
  std::string path = options_.folder + "/" + file;
  forgetComplaint();
  bpf_object* object = bpf_object__open_file(path.c_str(), nullptr);
  if (!object) {
    failAll(std::string(file) + " can't be opened: " + std::strerror(errno) + "; run npm run build -w @picket/native");
    return true;
  }
  std::vector<std::pair<bpf_program*, std::unique_ptr<char[]>>> logs;
  constexpr size_t logBytes = 1 << 18;
  bpf_program* program;
  bpf_object__for_each_program(program, object) {
    std::string section = bpf_program__section_name(program);
    std::string lack = lackedBy(section);
    if (!lack.empty()) failed.emplace(bpf_program__name(program), lack);
    if (failed.count(bpf_program__name(program))) bpf_program__set_autoload(program, false);
    logs.emplace_back(program, std::make_unique<char[]>(logBytes));
    bpf_program__set_log_buf(program, logs.back().second.get(), logBytes);
    // Only the objection and statistics: kernels before 6.4 keep the beginning of a log that is too long, not its end.
    bpf_program__set_log_level(program, 4);
  }
  bpf_map* map;
  bpf_object__for_each_map(map, object) {
    std::string name = bpf_map__name(map);
    if (name == ".rodata.picket") {
      bpf_map__set_initial_value(map, &settings_, sizeof(settings_));
    } else if (maps_.count(name)) {
      bpf_map__reuse_fd(map, maps_[name]);
    } else if (name == "picket_ring") {
      bpf_map__set_max_entries(map, options_.ringBytes);
    }
  }
  int error = bpf_object__load(object);
  bool unfinished = error == -EAGAIN || error == -EINTR;
  if (unfinished && ++disturbed < mostDisturbed) {
    bpf_object__close(object);
    return false;
  }
  if (error != 0) {
    // The programs before the one that was refused have logs too, of statistics.
    for (auto each = logs.rbegin(); each != logs.rend(); ++each) {
      auto& [culprit, log] = *each;
      if (log[0] == '\0') continue;
      std::string why = unfinished ? "" : objection(log.get());
      failed.emplace(bpf_program__name(culprit), why.empty() ? std::strerror(-error) : why);
      bpf_object__close(object);
      return false;
    }
    failAll(complaint().empty() ? std::strerror(-error) : complaint() + " (" + std::strerror(-error) + ")");
    bpf_object__close(object);
    return true;
  }
  objects_.push_back(object);
  if (maps_.empty()) {
    bpf_object__for_each_map(map, object) {
      if (bpf_map__name(map)[0] != '.') maps_[bpf_map__name(map)] = bpf_map__fd(map);
    }
    if (options_.ignoreSelf) {
      u32 pid = ownPid_;
      u8 one = 1;
      bpf_map_update_elem(maps_["picket_quiet"], &pid, &one, BPF_ANY);
    }
  }
  start(object);
  return true;
}

void Loader::start(bpf_object* object) {
  for (const Program& entry : programs) {
    bpf_program* program = bpf_object__find_program_by_name(object, entry.program);
    if (!program || bpf_program__fd(program) < 0) continue;
    int families = entry.family == FAMILY_NONE ? -1 : map("picket_families");
    attachments_.add(entry.hook, program, entry.family, families);
  }
}

// Requests wait for their ends only where each of them is heard: else they are told when they are submitted.
void Loader::hearEnds() {
  u32 first = 0, some = 0, deaf = 0;
  for (const Hook& hook : hooks())
    if (hook.name.rfind("io_uring.end", 0) == 0) (hook.attached ? some : deaf) += 1;
  u32 heard = some > 0 && deaf == 0;
  bpf_map_update_elem(map("picket_ends_heard"), &first, &heard, BPF_ANY);
}

// From here on nobody may change these maps by the bpf system call, we neither: whoever emptied the families would unplug them, whoever
// wrote to `picket_quiet` or to a thread's place would be reported no more. Kernel programs still write.
void Loader::guard() {
  for (const auto& [name, fd] : maps_)
    if (!readerWrites.count(name) && bpf_map_freeze(fd) != 0)
      fallbacks_.push_back(name + " can be written to by whoever opens it (" + std::strerror(errno) + ")");
}

std::vector<unsigned char> Loader::tasks() const {
  std::vector<unsigned char> bytes;
  bpf_link* link = attachments_.link("tasks");
  int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
  if (fd < 0) return bytes;
  unsigned char piece[1 << 16];
  for (;;) {
    ssize_t got = read(fd, piece, sizeof(piece));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) bytes.clear();
    if (got <= 0) break;
    bytes.insert(bytes.end(), piece, piece + got);
  }
  close(fd);
  return bytes;
}

}  // namespace picket
