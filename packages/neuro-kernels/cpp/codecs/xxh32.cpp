#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

namespace nk {
namespace {

// The primes of the XXH32 specification.
constexpr uint32_t kPrime1 = 0x9E3779B1u, kPrime2 = 0x85EBCA77u, kPrime3 = 0xC2B2AE3Du;
constexpr uint32_t kPrime4 = 0x27D4EB2Fu, kPrime5 = 0x165667B1u;

uint32_t load32(const uint8_t* data) noexcept {
  uint32_t word;
  std::memcpy(&word, data, 4);
  return word;
}

constexpr uint32_t rotated(uint32_t word, int bits) noexcept {
  return word << bits | word >> (32 - bits);
}

constexpr uint32_t mixed(uint32_t lane, uint32_t word) noexcept {
  return rotated(lane + word * kPrime2, 13) * kPrime1;
}

}  // namespace

uint32_t xxh32(const uint8_t* data, int64_t n, uint32_t seed) noexcept {
  const uint8_t* const end = data + n;
  uint32_t sum = seed + kPrime5;
  if (n >= 16) {
    uint32_t lanes[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
    for (; end - data >= 16; data += 16)
      for (int k = 0; k < 4; ++k) lanes[k] = mixed(lanes[k], load32(data + 4 * k));
    sum =
        rotated(lanes[0], 1) + rotated(lanes[1], 7) + rotated(lanes[2], 12) + rotated(lanes[3], 18);
  }
  sum += static_cast<uint32_t>(n);
  for (; end - data >= 4; data += 4) sum = rotated(sum + load32(data) * kPrime3, 17) * kPrime4;
  for (; data < end; ++data) sum = rotated(sum + *data * kPrime5, 11) * kPrime1;
  sum = (sum ^ sum >> 15) * kPrime2;
  sum = (sum ^ sum >> 13) * kPrime3;
  return sum ^ sum >> 16;
}

}  // namespace nk
