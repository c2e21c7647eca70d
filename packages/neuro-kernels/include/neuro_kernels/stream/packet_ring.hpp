// Ring of packets between one producing and one consuming thread.
//
// Packets of any length lie one behind the other in a buffer made once, so a ring holds as many
// bytes of payload whatever the packet size, and neither side ever takes a lock or allocates.
#pragma once

#include <atomic>
#include <cstdint>

namespace nk {

struct PacketView {
  const uint8_t* data;
  int64_t bytes;
  int64_t time_us;  // when it arrived, on the clock of the producer
};

class PacketRing {
 public:
  // Makes room for `capacity` bytes (rounded up to a power of two, at least 64), each packet
  // counting its length rounded up to 16 plus a 16-byte header. ok() is false without memory.
  explicit PacketRing(int64_t capacity) noexcept;
  ~PacketRing();
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;

  bool ok() const noexcept { return buffer_ != nullptr; }
  int64_t capacity() const noexcept { return capacity_; }

  // Producer: copies a packet in; false when there is no room for it.
  bool push(const uint8_t* data, int64_t bytes, int64_t time_us) noexcept;

  // Consumer: walks from first() with next(), which returns false behind the newest packet; the
  // views stay valid until release(cursor) gives everything before `cursor` back to the producer.
  int64_t first() const noexcept { return tail_.load(std::memory_order_relaxed); }
  bool next(int64_t& cursor, PacketView& packet) const noexcept;
  void release(int64_t cursor) noexcept { tail_.store(cursor, std::memory_order_release); }

  // Bytes in use; of either side, a value that was true a moment ago.
  int64_t used() const noexcept {
    return head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_acquire);
  }

 private:
  struct Header {
    int64_t bytes;  // -1: nothing more before the end of the buffer
    int64_t time_us;
  };

  uint8_t* buffer_ = nullptr;
  int64_t capacity_ = 0;
  // Bytes written and given back since the beginning; the place in the buffer is the remainder by
  // the capacity. On cache lines of their own, because each is written by one side alone.
  alignas(64) std::atomic<int64_t> head_{0};
  alignas(64) std::atomic<int64_t> tail_{0};
};

}  // namespace nk
