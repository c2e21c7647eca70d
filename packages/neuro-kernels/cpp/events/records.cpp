#include "neuro_kernels/events/records.hpp"

#include <cstring>

namespace nk {
namespace {

// The stride as a constant lets the compiler address the fields with immediate offsets.
template <int64_t fixed_stride>
void read_all(const uint8_t* records, const RecordLayout& layout, int64_t n,
              const MutableColumns& out) noexcept {
  const int64_t stride = fixed_stride ? fixed_stride : layout.stride;
  for (int64_t i = 0; i < n; ++i) {
    const uint8_t* record = records + i * stride;
    std::memcpy(out.t + i, record + layout.t, sizeof(int64_t));
    std::memcpy(out.x + i, record + layout.x, sizeof(uint16_t));
    std::memcpy(out.y + i, record + layout.y, sizeof(uint16_t));
    out.p[i] = record[layout.p];
  }
}

template <int64_t fixed_stride>
void write_all(const Columns& events, const RecordLayout& layout, uint8_t* records) noexcept {
  const int64_t stride = fixed_stride ? fixed_stride : layout.stride;
  for (int64_t i = 0; i < events.n; ++i) {
    uint8_t* record = records + i * stride;
    std::memcpy(record + layout.t, events.t + i, sizeof(int64_t));
    std::memcpy(record + layout.x, events.x + i, sizeof(uint16_t));
    std::memcpy(record + layout.y, events.y + i, sizeof(uint16_t));
    record[layout.p] = events.p[i];
  }
}

}  // namespace

void records_to_columns(const uint8_t* records, const RecordLayout& layout, int64_t n,
                        const MutableColumns& out) noexcept {
  switch (layout.stride) {
    case 13: return read_all<13>(records, layout, n, out);
    case 16: return read_all<16>(records, layout, n, out);
    default: return read_all<0>(records, layout, n, out);
  }
}

void columns_to_records(const Columns& events, const RecordLayout& layout,
                        uint8_t* records) noexcept {
  switch (layout.stride) {
    case 13: return write_all<13>(events, layout, records);
    case 16: return write_all<16>(events, layout, records);
    default: return write_all<0>(events, layout, records);
  }
}

}  // namespace nk
