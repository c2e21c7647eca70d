// LZ4 frames: magic number, descriptor, blocks of sequences (literals, then a copy of earlier
// output), an end mark, and check sums where the descriptor says so.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

// XXH32, the check sum of LZ4 frames.
uint32_t xxh32(const uint8_t* data, int64_t n, uint32_t seed) noexcept;

enum class Lz4Status : int {
  done = 0,
  damaged = 1,      // what comes before the damage was written
  output_full = 2,  // nothing can be said of the rest
};

struct Lz4Result {
  Lz4Status status = Lz4Status::done;
  int64_t bytes = 0;     // written
  int64_t consumed = 0;  // of the input: all frames that are complete
};

struct Lz4Kernels {
  // Unpacks one block behind what the output holds since `begin`; moves `out` as far as it came.
  Lz4Status (*block)(const uint8_t* in, int64_t n, const uint8_t* begin, uint8_t*& out,
                     const uint8_t* out_end);
};

struct Lz4RecordKernels {
  // Packs one block of records of 16 bytes (and what stands in front of them) with copies of the
  // record before alone; returns its length, 0 where the block is too short.
  int64_t (*block)(const uint8_t* data, int64_t n, uint8_t* out);
};

// Unpacks one frame. Reads and writes nothing outside the two ranges, whatever the bytes.
Lz4Result lz4_decompress(const uint8_t* data, int64_t n, uint8_t* out, int64_t capacity) noexcept;

// Room that `lz4_compress` needs for `n` bytes.
constexpr int64_t lz4_bound(int64_t n) noexcept { return n + n / 255 + 16 * (n >> 22) + 64; }

// Packs `n` bytes as one frame of independent blocks without check sums; returns its length.
int64_t lz4_compress(const uint8_t* data, int64_t n, uint8_t* out) noexcept;

// The same for records of 16 bytes that mostly resemble the one before them, several times as fast
// and about as small; where it is not, it gives what `lz4_compress` gives.
int64_t lz4_compress_records(const uint8_t* data, int64_t n, uint8_t* out) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(Lz4Kernels, lz4_kernels)
NK_KERNEL_TABLE(Lz4RecordKernels, lz4_record_kernels)
