#include "neuro_kernels/stream/packet_ring.hpp"

#include <cstring>
#include <new>

namespace nk {
namespace {

constexpr int64_t kAlign = 16;

int64_t rounded(int64_t bytes) noexcept { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace

PacketRing::PacketRing(int64_t capacity) noexcept {
  capacity_ = 64;
  while (capacity_ < capacity && capacity_ < (int64_t{1} << 40)) capacity_ *= 2;
  buffer_ = static_cast<uint8_t*>(::operator new(static_cast<size_t>(capacity_), std::nothrow));
}

PacketRing::~PacketRing() { ::operator delete(buffer_); }

bool PacketRing::push(const uint8_t* data, int64_t bytes, int64_t time_us) noexcept {
  static_assert(sizeof(Header) == kAlign);
  int64_t head = head_.load(std::memory_order_relaxed);
  const int64_t free = capacity_ - (head - tail_.load(std::memory_order_acquire));
  const int64_t needed = kAlign + rounded(bytes);
  const int64_t place = head & (capacity_ - 1);
  const int64_t skipped = place + needed > capacity_ ? capacity_ - place : 0;
  if (needed > capacity_ || skipped + needed > free) return false;
  if (skipped > 0) {
    const Header header{-1, 0};
    std::memcpy(buffer_ + place, &header, sizeof header);
    head += skipped;
  }
  uint8_t* to = buffer_ + (head & (capacity_ - 1));
  const Header header{bytes, time_us};
  std::memcpy(to, &header, sizeof header);
  if (bytes > 0) std::memcpy(to + kAlign, data, static_cast<size_t>(bytes));
  head_.store(head + needed, std::memory_order_release);
  return true;
}

bool PacketRing::next(int64_t& cursor, PacketView& packet) const noexcept {
  if (cursor == head_.load(std::memory_order_acquire)) return false;
  Header header;
  int64_t place = cursor & (capacity_ - 1);
  std::memcpy(&header, buffer_ + place, sizeof header);
  if (header.bytes < 0) {  // the packet begins at the start of the buffer
    cursor += capacity_ - place;
    place = 0;
    std::memcpy(&header, buffer_, sizeof header);
  }
  packet = {buffer_ + place + kAlign, header.bytes, header.time_us};
  cursor += kAlign + rounded(header.bytes);
  return true;
}

}  // namespace nk
