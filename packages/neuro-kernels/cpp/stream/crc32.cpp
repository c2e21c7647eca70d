#include "neuro_kernels/stream/crc32.hpp"

#include "neuro_kernels/stream/little_endian.hpp"

namespace nk {
namespace {

// tables.of[k][b]: what byte b adds, k bytes before the end of a block of eight.
struct Tables {
  uint32_t of[8][256];

  constexpr Tables() : of{} {
    for (uint32_t b = 0; b < 256; ++b) {
      uint32_t v = b;
      for (int bit = 0; bit < 8; ++bit) v = (v >> 1) ^ ((v & 1) != 0 ? 0xEDB88320u : 0u);
      of[0][b] = v;
    }
    for (uint32_t b = 0; b < 256; ++b)
      for (int k = 1; k < 8; ++k) of[k][b] = (of[k - 1][b] >> 8) ^ of[0][of[k - 1][b] & 0xFF];
  }
};

constexpr Tables tables;

}  // namespace

uint32_t crc32(const uint8_t* data, int64_t bytes) noexcept {
  uint32_t v = 0xFFFFFFFFu;
  int64_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    const uint32_t low = v ^ load_u32(data + i), high = load_u32(data + i + 4);
    v = tables.of[7][low & 0xFF] ^ tables.of[6][low >> 8 & 0xFF] ^ tables.of[5][low >> 16 & 0xFF] ^
        tables.of[4][low >> 24] ^ tables.of[3][high & 0xFF] ^ tables.of[2][high >> 8 & 0xFF] ^
        tables.of[1][high >> 16 & 0xFF] ^ tables.of[0][high >> 24];
  }
  for (; i < bytes; ++i) v = (v >> 8) ^ tables.of[0][(v ^ data[i]) & 0xFF];
  return ~v;
}

}  // namespace nk
