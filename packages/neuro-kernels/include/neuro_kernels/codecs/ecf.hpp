// ECF, the compression of Prophesee's HDF5 files (filter 0x8ECF): one chunk of up to 65535 events.
//
//   u32   number of events << 2 | all packed << 1 | x and p packed
//   u64   time of the first event
//   times bytes step << 4 | count; count 15: a u16 with the count follows; step 15: the low half is
//         the next digit (lowest first, 4 bits each) of a step that is longer than 14
//   then, all packed: y << 12 | x << 1 | p in 24 bits, 4 events in 3 words of 32 bits
//   else  rows: u16 y << 5 | count; count 31: a u16 with the count follows
//         x and p packed: x << 1 | p in 12 bits, 4 events in 3 words of 16 bits
//         else columns: u16 x << 5 | mask (bit 4 - k: one more event at x + 1 + k), then
//         polarities: bytes p << 7 | count; count 127: a u16 with the count follows
//
// Steps add up modulo 2^64, so that a step back in time is one that wraps around.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

inline constexpr int64_t kEcfMost = 65535;  // events in one chunk
inline constexpr int64_t kEcfHeader = 12;

// Number of events that a chunk says it has; -1 for what cannot be a chunk.
int64_t ecf_count(const uint8_t* data, int64_t n) noexcept;

// Decodes a chunk into columns with room for `ecf_count` events; returns the events that are whole,
// fewer than said where the chunk is damaged. Reads nothing outside the bytes.
int64_t ecf_decode(const uint8_t* data, int64_t n, const MutableColumns& to) noexcept;

// Room that `ecf_encode` needs: every event with the longest step, and all packed.
constexpr int64_t ecf_bound(int64_t n) noexcept { return kEcfHeader + n * (17 + 3) + 16; }

// Encodes 1 to 65535 events with x and y below 2048 in the smallest of the three ways; returns the
// bytes written.
int64_t ecf_encode(const Columns& events, uint8_t* out) noexcept;

}  // namespace nk
