#include "neuro_kernels/usb/transfer_ring.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

#if defined(__linux__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace nk {
namespace {

// Memory that the system fills in when it is touched.
uint8_t* reserve(int64_t bytes) noexcept {
#if defined(__linux__) || defined(__APPLE__)
  void* p = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<uint8_t*>(p);
#else
  return static_cast<uint8_t*>(std::malloc(static_cast<size_t>(bytes)));
#endif
}

void give_back(uint8_t* memory, int64_t bytes) noexcept {
#if defined(__linux__) || defined(__APPLE__)
  if (memory != nullptr) munmap(memory, static_cast<size_t>(bytes));
#else
  (void)bytes;
  std::free(memory);
#endif
}

}  // namespace

TransferRing::TransferRing(int32_t capacity, int32_t in_flight, int64_t slot_bytes,
                           DropPolicy drop) noexcept
    : slot_bytes_(slot_bytes),
      capacity_(capacity),
      // One more: the slot that the consumer reads is neither waiting nor free.
      slots_(capacity + in_flight + 1),
      drop_(drop) {
  entries_ = new (std::nothrow) Entry[static_cast<size_t>(slots_)]{};
  free_ = new (std::nothrow) int32_t[static_cast<size_t>(slots_)];
  ready_ = new (std::nothrow) int32_t[static_cast<size_t>(slots_)];
  if (entries_ == nullptr || free_ == nullptr || ready_ == nullptr) return;
  memory_bytes_ = slots_ * slot_bytes_;
  memory_ = reserve(memory_bytes_);
  for (int32_t i = 0; i < slots_; ++i) free_[i] = slots_ - 1 - i;
  n_free_ = slots_;
  counts_.capacity = capacity_;
}

TransferRing::~TransferRing() {
  give_back(memory_, memory_bytes_);
  delete[] entries_;
  delete[] free_;
  delete[] ready_;
}

int32_t TransferRing::take_free() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return n_free_ > 0 ? free_[--n_free_] : -1;
}

int32_t TransferRing::put(int32_t index, int64_t bytes, int64_t monotonic_ns,
                          int64_t wall_ns) noexcept {
  int32_t next = index;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.packets;
    counts_.bytes += bytes;
    const int64_t sequence = sequence_++;
    if (n_ready_ >= capacity_) {
      if (drop_ == DropPolicy::newest) {
        if (pending_packets_ == 0) ++counts_.gaps;
        ++counts_.lost_packets;
        counts_.lost_bytes += bytes;
        ++pending_packets_;
        pending_bytes_ += bytes;
        return index;
      }
      next = drop_oldest();
    } else {
      next = n_free_ > 0 ? free_[--n_free_] : drop_oldest();
    }
    entries_[index] = {bytes, sequence, monotonic_ns, wall_ns, pending_packets_, pending_bytes_};
    pending_packets_ = pending_bytes_ = 0;
    ready_[(ready_first_ + n_ready_++) % slots_] = index;
    counts_.queued_bytes += bytes;
    counts_.high_water = std::max<int64_t>(counts_.high_water, n_ready_);
  }
  filled_.notify_one();
  return next;
}

// Takes the slot of the transfer that waits longest; the one behind it tells of the loss.
int32_t TransferRing::drop_oldest() noexcept {
  const int32_t index = ready_[ready_first_];
  ready_first_ = (ready_first_ + 1) % slots_;
  --n_ready_;
  const Entry& gone = entries_[index];
  counts_.queued_bytes -= gone.bytes;
  ++counts_.lost_packets;
  counts_.lost_bytes += gone.bytes;
  const bool joins =
      n_ready_ > 0 ? entries_[ready_[ready_first_]].lost_packets > 0 : pending_packets_ > 0;
  if (gone.lost_packets == 0 && !joins) ++counts_.gaps;
  if (gone.lost_packets > 0 && joins) --counts_.gaps;  // two gaps have become one
  const int64_t packets = gone.lost_packets + 1, bytes = gone.lost_bytes + gone.bytes;
  if (n_ready_ > 0) {
    Entry& behind = entries_[ready_[ready_first_]];
    behind.lost_packets += packets;
    behind.lost_bytes += bytes;
  } else {
    pending_packets_ += packets;
    pending_bytes_ += bytes;
  }
  return index;
}

void TransferRing::put_damaged() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++counts_.packets;
  ++counts_.errors;
  ++counts_.lost_packets;
  ++sequence_;
  if (pending_packets_ == 0) ++counts_.gaps;
  ++pending_packets_;
}

void TransferRing::close() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

bool TransferRing::get(int64_t timeout_ns, TransferView& view) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (n_ready_ == 0 && timeout_ns > 0)
    filled_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                     [this] { return n_ready_ > 0 || closed_; });
  if (n_ready_ == 0) return false;
  const int32_t index = ready_[ready_first_];
  ready_first_ = (ready_first_ + 1) % slots_;
  --n_ready_;
  const Entry& e = entries_[index];
  counts_.queued_bytes -= e.bytes;
  view = {slot(index), e.bytes,        e.sequence,   e.monotonic_ns,
          e.wall_ns,   e.lost_packets, e.lost_bytes, index};
  return true;
}

void TransferRing::release(int32_t index) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_[n_free_++] = index;
}

bool TransferRing::closed() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

TransferCounts TransferRing::counts() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  TransferCounts counts = counts_;
  counts.queued_packets = n_ready_;
  counts.oldest_ns = n_ready_ > 0 ? entries_[ready_[ready_first_]].monotonic_ns : -1;
  return counts;
}

}  // namespace nk
