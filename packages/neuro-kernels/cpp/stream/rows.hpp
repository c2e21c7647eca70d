// Layouts that are rows of one length and nothing else. `Row` reads and writes one of them:
//   static constexpr int64_t kBytes;  int64_t t;  x, y, p
//   static Row load(const uint8_t* from, WireState&);  void store(uint8_t* to, const WireState&);
#pragma once

#include "neuro_kernels/stream/wire.hpp"

namespace nk {

template <class Row>
inline int64_t row_count(const uint8_t*, int64_t bytes) noexcept {
  return bytes / Row::kBytes;
}

template <class Row>
inline int64_t row_whole(const uint8_t*, int64_t bytes) noexcept {
  return bytes / Row::kBytes * Row::kBytes;
}

template <class Row>
inline int64_t row_decode(const uint8_t* data, int64_t bytes, int64_t, WireState& state,
                          const MutableColumns& out, WireCounts& counts) noexcept {
  const int64_t rows = bytes / Row::kBytes;
  int64_t n = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const Row row = Row::load(data + i * Row::kBytes, state);
    if (row.x >= state.width || row.y >= state.height) continue;
    out.t[n] = row.t;
    out.x[n] = row.x;
    out.y[n] = row.y;
    out.p[n] = row.p;
    ++n;
  }
  counts.events += n;
  counts.out_of_range += rows - n;
  counts.malformed += rows * Row::kBytes != bytes;
  return n;
}

template <class Row>
inline int64_t row_encode(const Columns& events, WireState& state, uint8_t* out) noexcept {
  for (int64_t i = 0; i < events.n; ++i)
    Row{events.t[i], events.x[i], events.y[i], events.p[i]}.store(out + i * Row::kBytes, state);
  return events.n * Row::kBytes;
}

}  // namespace nk
