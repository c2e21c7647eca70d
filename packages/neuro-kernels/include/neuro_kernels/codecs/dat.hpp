// Prophesee DAT: little-endian records of 8 bytes, u32 time and u32 word.
//
//   version 2  x [13:0], y [27:14], polarity [31:28] (0 or 1)
//   version 1  x [8:0], y [16:9], polarity [17]
//   trigger    id [12:8], value [0]
//
// Time wraps after 2^32 us. Only a drop of more than 2^31 is a wrap; smaller ones are kept as they
// are. A rise of more than 2^31 after a wrap steps back over it.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

enum class DatKind : int { version2 = 0, version1 = 1, trigger = 2 };

struct DatState {
  DatKind kind = DatKind::version2;
  int32_t width = 16384, height = 16384;
  uint32_t low = 0;  // time field of the record before
  int64_t loop = 0;
  int64_t last_t = INT64_MIN;
  int32_t n_carried = 0;
  uint8_t carried[8] = {};
  DecodeCounts counts;
};

struct DatKernels {
  DecodeProgress (*decode)(DatState&, const uint8_t* data, int64_t n, const DecodeOutput&);
};

inline int64_t dat_bound(int64_t n) noexcept { return n / 8 + 1; }

struct DatEncodeState {
  DatKind kind = DatKind::version2;
  int32_t width = 16384, height = 16384;  // at most 16384 (version 1: 512 and 256)
  int64_t last_t = -1;
};

EncodeProgress dat_encode(DatEncodeState&, const Columns& events, uint8_t* out,
                          int64_t capacity) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(DatKernels, dat_kernels)
