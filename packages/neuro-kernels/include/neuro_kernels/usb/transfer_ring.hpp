// Transfers of one size between the thread that receives them and the one that uses them.
//
// Every transfer lies in a slot of one memory block that is reserved once and touched only as far
// as it is needed: slots are given back to a stack, so a fast consumer keeps using the same few.
// What does not fit is dropped by the policy, counted, and told with the next transfer delivered.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace nk {

enum class DropPolicy : int { newest = 0, oldest = 1 };

// A received transfer; `data` stays valid until it is given back with release().
struct TransferView {
  const uint8_t* data = nullptr;
  int64_t bytes = 0;
  int64_t sequence = 0;      // since the start, dropped ones counted
  int64_t monotonic_ns = 0;  // arrival
  int64_t wall_ns = 0;
  int64_t lost_packets = 0;  // dropped directly before it
  int64_t lost_bytes = 0;
  int32_t slot = -1;
};

struct TransferCounts {
  int64_t packets = 0, bytes = 0;  // arrived, dropped ones included
  int64_t lost_packets = 0, lost_bytes = 0, gaps = 0;
  int64_t errors = 0;  // transfers that arrived damaged; each counts as a lost packet too
  int64_t queued_packets = 0, queued_bytes = 0, high_water = 0, capacity = 0;
  int64_t oldest_ns = -1;  // arrival of the first waiting transfer, -1 without any
};

class TransferRing {
 public:
  // `capacity` transfers may wait and `in_flight` may be filled at one time, `slot_bytes` each.
  TransferRing(int32_t capacity, int32_t in_flight, int64_t slot_bytes, DropPolicy drop) noexcept;
  ~TransferRing();
  TransferRing(const TransferRing&) = delete;
  TransferRing& operator=(const TransferRing&) = delete;

  bool ok() const noexcept { return memory_ != nullptr; }
  int64_t slot_bytes() const noexcept { return slot_bytes_; }
  uint8_t* slot(int32_t index) const noexcept { return memory_ + index * slot_bytes_; }

  // Producer: a slot to fill; at most `in_flight` are out at one time.
  int32_t take_free() noexcept;

  // Producer: the slot holds `bytes` that arrived now; returns the slot to fill next.
  int32_t put(int32_t index, int64_t bytes, int64_t monotonic_ns, int64_t wall_ns) noexcept;

  // Producer: a transfer came damaged; the next one that is delivered tells of it.
  void put_damaged() noexcept;

  // Producer: nothing more will come; wakes the consumer.
  void close() noexcept;

  // Consumer: the oldest transfer; false when none came in time or the ring was closed.
  bool get(int64_t timeout_ns, TransferView& view) noexcept;
  void release(int32_t index) noexcept;

  bool closed() const noexcept;
  TransferCounts counts() const noexcept;

 private:
  struct Entry {
    int64_t bytes, sequence, monotonic_ns, wall_ns, lost_packets, lost_bytes;
  };

  int32_t drop_oldest() noexcept;

  uint8_t* memory_ = nullptr;
  int64_t memory_bytes_ = 0;
  int64_t slot_bytes_;
  int32_t capacity_;
  int32_t slots_;
  DropPolicy drop_;
  Entry* entries_ = nullptr;  // one per slot
  int32_t* free_ = nullptr;   // stack of free slots
  int32_t* ready_ = nullptr;  // circle of filled slots
  int32_t n_free_ = 0, ready_first_ = 0, n_ready_ = 0;
  int64_t sequence_ = 0, pending_packets_ = 0, pending_bytes_ = 0;
  bool closed_ = false;
  TransferCounts counts_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
};

}  // namespace nk
