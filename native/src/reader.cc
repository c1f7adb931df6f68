// SPDX-License-Identifier: Apache-2.0
#include "reader.h"

#include <bpf/libbpf.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "layout.h"

namespace picket {
namespace {

constexpr size_t batchBytes = 256 << 10;
// When JavaScript is late, records wait here and not in the ring, which is small: up to 16 MiB.
constexpr unsigned batchesUnderWay = 64;
// Of copies of records that may repeat; a path makes one 8 KiB.
constexpr size_t mostKept = 16 << 20;
constexpr u64 comparedNanos = 5'000'000'000;
constexpr u64 fingerprintOf(u64 word) { return word & ~PICKET_FOLD_COUNT; }

u64 now() {
  timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return static_cast<u64>(t.tv_sec) * 1000000000ull + static_cast<u64>(t.tv_nsec);
}

size_t pages(size_t bytes) {
  size_t page = static_cast<size_t>(getpagesize());
  return (bytes + page - 1) / page * page;
}

// To be written to, too, or (of a map that is frozen) only to be read.
void* mapInto(int fd, size_t bytes, int protection = PROT_READ | PROT_WRITE) {
  void* at = mmap(nullptr, pages(bytes), protection, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) throw std::runtime_error(std::string("a sensor's map can't be mapped: ") + std::strerror(errno));
  return at;
}

}  // namespace

Reader::Reader(std::unique_ptr<Loader> loader, Options options, Deliver deliver, Done done)
    : loader_(std::move(loader)), options_(options), deliver_(std::move(deliver)), done_(std::move(done)),
      kept_(PICKET_FOLD_SLOTS), batch_(std::make_unique<Batch>()) {
  counters_ = static_cast<u64*>(mapInto(loader_->map("picket_counters"), (COUNTERS + 1) * sizeof(u64), PROT_READ));
  wake_ = static_cast<picket_wake*>(mapInto(loader_->map("picket_wake"), sizeof(picket_wake)));
  folds_ = static_cast<u64*>(mapInto(loader_->map("picket_folds"), PICKET_FOLD_SLOTS * sizeof(u64)));
  seen_ = static_cast<u64*>(mapInto(loader_->map("picket_seen"), PICKET_SEEN_WORDS * sizeof(u64)));
  ring_ = ring_buffer__new(loader_->map("picket_ring"), onRecord, this, nullptr);
  if (!ring_) throw std::runtime_error(std::string("the ring can't be read: ") + std::strerror(errno));
  bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "picket-sensor");
}

Reader::~Reader() {
  if (thread_.joinable()) thread_.join();
  if (ring_) ring_buffer__free(ring_);
  if (bell_ >= 0) close(bell_);
  munmap(const_cast<u64*>(counters_), pages((COUNTERS + 1) * sizeof(u64)));
  munmap(wake_, pages(sizeof(picket_wake)));
  munmap(folds_, pages(PICKET_FOLD_SLOTS * sizeof(u64)));
  munmap(seen_, pages(PICKET_SEEN_WORDS * sizeof(u64)));
}

std::vector<u64> Reader::counters() const { return std::vector<u64>(counters_, counters_ + COUNTERS); }

void Reader::stop() {
  stopping_ = true;
  eventfd_write(bell_, 1);
}

void Reader::abandon() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    abandoned_ = true;
  }
  room_.notify_all();
  stop();
}

void Reader::consumed(unsigned batches) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    underWay_ -= batches;
  }
  room_.notify_all();
}

void Reader::run() {
  pollfd waits[] = {{ring_buffer__epoll_fd(ring_), POLLIN, 0}, {bell_, POLLIN, 0}};
  const u64 sweepEvery = std::max(1u, std::min(options_.foldMillis, 500u)) * 1000000ull;
  u64 swept = now();
  while (!stopping_) {
    poll(waits, 2, static_cast<int>(options_.flushMillis));
    u64 sent = __atomic_load_n(&counters_[COUNT_SENT], __ATOMIC_ACQUIRE);
    ring_buffer__consume(ring_);
    compare(sent, __atomic_load_n(&counters_[COUNT_SENT], __ATOMIC_ACQUIRE));
    __atomic_store_n(&wake_->woken, 0, __ATOMIC_RELEASE);
    if (now() - swept >= sweepEvery) {
      sweep(false);
      swept = now();
    }
    flush();
  }
  loader_->detach();
  if (!abandoned_) {
    ring_buffer__consume(ring_);
    sweep(true);
    flush();
  }
  done_();
}

int Reader::onRecord(void* self, void* data, size_t size) {
  auto reader = static_cast<Reader*>(self);
  auto header = static_cast<const picket_header*>(data);
  reader->read_ += 1;
  reader->add(data, size);
  if (header->slot != 0 && header->slot <= PICKET_FOLD_SLOTS) reader->keep(header, size);
  return 0;
}

// For a moment the two differ: a record that is still being written holds up those behind it, one is read before it is counted, and
// more come while it reads: so what had been sent before counts as too few, what had been after as too many. What never closed
// within some seconds is true.
void Reader::compare(u64 before, u64 after) {
  u64 time = now();
  if (comparedSince_ == 0) comparedSince_ = time;
  least_ = std::min(least_, static_cast<i64>(before - read_) - settled_);
  most_ = std::max(most_, static_cast<i64>(after - read_) - settled_);
  if (time - comparedSince_ < comparedNanos) return;
  i64 certain = least_ > 0 ? least_ : most_ < 0 ? most_ : 0;
  settled_ += certain;
  vanished_ += static_cast<u64>(certain < 0 ? -certain : certain);
  comparedSince_ = time;
  least_ = INT64_MAX;
  most_ = INT64_MIN;
}

void Reader::keep(const picket_header* header, size_t size) {
  // Read late, and the slot is another's by now: whose copy is not to be lost for it.
  if (fingerprintOf(__atomic_load_n(&folds_[header->slot - 1], __ATOMIC_ACQUIRE)) != header->fingerprint) return;
  Kept& kept = kept_[header->slot - 1];
  Copy record{std::unique_ptr<unsigned char[]>(new unsigned char[size]), static_cast<u32>(size)};
  std::memcpy(record.bytes.get(), header, size);
  assign(kept, {header->fingerprint, header->time, {}});
  if (keptBytes_ + size > mostKept) {
    giveBack(record);
    return;
  }
  keptBytes_ += size;
  kept.record = std::move(record);
}

void Reader::assign(Kept& kept, Kept&& with) {
  keptBytes_ -= kept.record.size;
  kept = std::move(with);
}

void Reader::giveBack(const Copy& record) {
  auto header = reinterpret_cast<picket_header*>(record.bytes.get());
  u64* at = &folds_[header->slot - 1];
  u64 word = __atomic_load_n(at, __ATOMIC_ACQUIRE);
  while (fingerprintOf(word) == header->fingerprint)
    if (__atomic_compare_exchange_n(at, &word, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      header->count = static_cast<u32>(word & PICKET_FOLD_COUNT);
      if (header->count > 0) add(header, record.size);
      return;
    }
}

void Reader::sweep(bool all) {
  const u64 time = now(), window = all ? 0 : options_.foldMillis * 1000000ull;
  for (unsigned slot = 0; slot < PICKET_FOLD_SLOTS; slot++)
    if (__atomic_load_n(&folds_[slot], __ATOMIC_RELAXED) != 0) sweepSlot(slot, time, window);
  if (time - seenSince_ < window) return;
  forgetSeen();
  seenSince_ = time;
}

// What has a slot stays: it would have been sent once more in each window. What the kernel sets meanwhile may be lost: the same.
void Reader::forgetSeen() {
  std::array<u64, PICKET_SEEN_WORDS> fresh{};
  for (unsigned slot = 0; slot < PICKET_FOLD_SLOTS; slot++)
    if (u64 word = __atomic_load_n(&folds_[slot], __ATOMIC_RELAXED)) fresh[PICKET_SEEN_WORD(word)] |= PICKET_SEEN_BIT(word);
  for (unsigned i = 0; i < PICKET_SEEN_WORDS; i++) __atomic_store_n(&seen_[i], fresh[i], __ATOMIC_RELAXED);
}

void Reader::sweepSlot(unsigned slot, u64 time, u64 window) {
  u64* at = &folds_[slot];
  u64 word = __atomic_load_n(at, __ATOMIC_ACQUIRE);
  Kept& kept = kept_[slot];
  if (kept.fingerprint != fingerprintOf(word)) {
    // The record that it was given to is still in the ring, or was lost to a full one: give it two windows to come.
    assign(kept, {fingerprintOf(word), time + window, {}});
    if (window > 0) return;
  }
  if (kept.since + window > time) return;
  if ((word & PICKET_FOLD_COUNT) == 0) {
    if (__atomic_compare_exchange_n(at, &word, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) assign(kept, {});
    return;
  }
  if (!kept.record.bytes) {
    // It never came. The slot is free again, or what comes after it would be counted here for good, and never sent.
    orphaned_ += __atomic_exchange_n(at, 0, __ATOMIC_ACQ_REL) & PICKET_FOLD_COUNT;
    assign(kept, {});
    return;
  }
  // Only this thread takes counts away, and a slot with a count is not given to another record: the fingerprint stands.
  u64 count = __atomic_fetch_and(at, ~PICKET_FOLD_COUNT, __ATOMIC_ACQ_REL) & PICKET_FOLD_COUNT;
  kept.since = time;
  auto header = reinterpret_cast<picket_header*>(kept.record.bytes.get());
  header->count = static_cast<u32>(count);
  header->time = time;
  add(header, kept.record.size);
}

// One record may be larger than what is left, none is larger than a batch.
void Reader::add(const void* record, size_t size) {
  if (batch_->capacity() == 0) batch_->reserve(batchBytes);
  if (batch_->size() + size > batchBytes) flush();
  auto bytes = static_cast<const unsigned char*>(record);
  batch_->insert(batch_->end(), bytes, bytes + size);
}

void Reader::flush() {
  if (batch_->empty()) return;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [this] { return underWay_ < batchesUnderWay || abandoned_; });
    if (abandoned_) {
      batch_->clear();
      return;
    }
    underWay_ += 1;
  }
  deliver_(std::move(batch_));
  batch_ = std::make_unique<Batch>();
  batch_->reserve(batchBytes);
}

}  // namespace picket
