// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "loader.h"

struct ring_buffer;

namespace picket {

using i64 = std::int64_t;
using Batch = std::vector<unsigned char>;

// Reads a sensor's ring in a thread of its own and hands whole batches on; sweeps the fold table.
//
// Folding: the kernel sends the first two of equal records and counts the others in the word of the slot that the second one has
// (bpf/fold.h). This side keeps a copy of each record that has a slot. When a window has passed, a count above zero becomes a copy
// of the record with that count; a count of zero frees the slot; and what was seen is forgotten but for what has a slot. At the end
// every count is taken. So the counts of all records of a fingerprint add up to what happened; where the record with the slot did
// not get through, its repetitions are in `fold.orphaned`. The copies are bounded: where they are many and long, those that come
// then are not folded.
class Reader {
 public:
  struct Options {
    unsigned foldMillis;
    unsigned flushMillis;
  };
  // Called in the reader's thread. `done` comes last, after the last batch.
  using Deliver = std::function<void(std::unique_ptr<Batch>)>;
  using Done = std::function<void()>;

  Reader(std::unique_ptr<Loader> loader, Options options, Deliver deliver, Done done);
  ~Reader();

  const Loader& loader() const { return *loader_; }
  Loader& loader() { return *loader_; }
  std::vector<u64> counters() const;
  u64 orphaned() const { return orphaned_; }
  // Records that the kernel sent and that were not read, or were read twice: somebody else moved the ring's place of reading.
  u64 vanished() const { return vanished_; }
  // Detaches, drains and ends the thread, without waiting for it.
  void stop();
  // The same for a process that ends: what is in flight is dropped.
  void abandon();
  // So many delivered batches have been consumed, and JavaScript has done what else it had to do since.
  void consumed(unsigned batches);

 private:
  // A copy of a record, with its header. Its size is known without a look at it: it is cold by then.
  struct Copy {
    std::unique_ptr<unsigned char[]> bytes;
    u32 size = 0;
  };
  struct Kept {
    u64 fingerprint = 0;
    u64 since = 0;  // CLOCK_BOOTTIME, nanoseconds
    Copy record;
  };

  void run();
  static int onRecord(void* self, void* data, size_t size);
  void keep(const picket_header* header, size_t size);
  void assign(Kept& kept, Kept&& with);
  // Frees the slot of a record for which there is no memory; what was counted for it by now is told.
  void giveBack(const Copy& record);
  void sweep(bool all);
  void sweepSlot(unsigned slot, u64 now, u64 window);
  void forgetSeen();
  void add(const void* record, size_t size);
  // How many records the kernel had sent before, and after, what is read by now was read.
  void compare(u64 before, u64 after);
  void flush();

  std::unique_ptr<Loader> loader_;
  Options options_;
  Deliver deliver_;
  Done done_;
  ring_buffer* ring_ = nullptr;
  volatile u64* counters_ = nullptr;
  picket_wake* wake_ = nullptr;
  u64* folds_ = nullptr;
  u64* seen_ = nullptr;
  u64 seenSince_ = 0;  // CLOCK_BOOTTIME, nanoseconds
  std::vector<Kept> kept_;
  size_t keptBytes_ = 0;
  std::unique_ptr<Batch> batch_;
  std::atomic<u64> orphaned_{0}, vanished_{0};
  // Records read; what of the difference to those sent is counted by now; the difference's bounds since a moment, and that moment.
  u64 read_ = 0;
  i64 settled_ = 0, least_ = INT64_MAX, most_ = INT64_MIN;
  u64 comparedSince_ = 0;
  int bell_ = -1;  // eventfd: stop
  std::atomic<bool> stopping_{false}, abandoned_{false};
  std::mutex mutex_;
  std::condition_variable room_;
  unsigned underWay_ = 0;
  std::thread thread_;
};

}  // namespace picket
