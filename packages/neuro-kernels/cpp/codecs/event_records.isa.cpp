#include "neuro_kernels/codecs/event_records.hpp"

#include "neuro_kernels/codecs/words.hpp"

namespace nk::NK_ISA {
namespace {

constexpr int64_t kRecord = 16;
constexpr int64_t kBlock = 512;  // records looked at twice while they are in the level-1 cache

// Whether all records lie inside the sensor and rise in time from `before` on.
bool sound(const uint8_t* data, int64_t n, int64_t before, uint32_t width,
           uint32_t height) noexcept {
  uint32_t bad = static_cast<uint32_t>(load<int64_t>(data) < before);
  for (int64_t i = 0; i < n; ++i) {
    const uint8_t* r = data + kRecord * i;
    bad |= static_cast<uint32_t>(load<uint16_t>(r + 8) >= width) |
           static_cast<uint32_t>(load<uint16_t>(r + 10) >= height);
  }
  for (int64_t i = 1; i < n; ++i) {
    const uint8_t* r = data + kRecord * i;
    bad |= static_cast<uint32_t>(load<int64_t>(r) < load<int64_t>(r - kRecord));
  }
  return bad == 0;
}

void copy(const uint8_t* __restrict data, int64_t n, const MutableColumns& to,
          int64_t at) noexcept {
  int64_t* __restrict t = to.t + at;
  uint16_t* __restrict x = to.x + at;
  uint16_t* __restrict y = to.y + at;
  uint8_t* __restrict p = to.p + at;
  for (int64_t i = 0; i < n; ++i) t[i] = load<int64_t>(data + kRecord * i);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t place = load<uint32_t>(data + kRecord * i + 8);
    x[i] = static_cast<uint16_t>(place);
    y[i] = static_cast<uint16_t>(place >> 16);
  }
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<uint8_t>(data[kRecord * i + 12] != 0);
}

int64_t decode(EventRecordState& s, const uint8_t* data, int64_t n, const MutableColumns& to) {
  DecodeCounts& counts = s.counts;
  const uint32_t width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  int64_t written = 0;
  for (int64_t i = 0; i < n;) {
    const int64_t part = n - i < kBlock ? n - i : kBlock;
    const uint8_t* here = data + kRecord * i;
    if (sound(here, part, s.last_t, width, height)) {
      copy(here, part, to, written);
      written += part;
      s.last_t = to.t[written - 1];
      i += part;
      continue;
    }
    for (const int64_t end = i + part; i < end; ++i) {
      const uint8_t* r = data + kRecord * i;
      const int64_t offset = counts.bytes_read + kRecord * i;
      if (load<uint16_t>(r + 8) >= width || load<uint16_t>(r + 10) >= height) {
        skip(counts, counts.out_of_range, 1, offset, kRecord);
        continue;
      }
      if (load<int64_t>(r) < s.last_t) {
        ++counts.time_errors;
        mark(counts, offset);
      }
      copy(r, 1, to, written);
      s.last_t = to.t[written++];
    }
  }
  counts.bytes_read += kRecord * n;
  counts.events += written;
  return written;
}

void encode(const Columns& events, uint8_t* out) {
  for (int64_t i = 0; i < events.n; ++i) {
    uint8_t* r = out + kRecord * i;
    const uint64_t rest = static_cast<uint64_t>(events.x[i]) |
                          static_cast<uint64_t>(events.y[i]) << 16 |
                          static_cast<uint64_t>(events.p[i]) << 32;
    std::memcpy(r, events.t + i, 8);
    std::memcpy(r + 8, &rest, 8);
  }
}

}  // namespace

const EventRecordKernels event_record_kernels{decode, encode};

}  // namespace nk::NK_ISA
