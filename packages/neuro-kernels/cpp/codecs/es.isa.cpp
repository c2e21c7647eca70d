#include "neuro_kernels/codecs/es.hpp"

#include "neuro_kernels/codecs/words.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

// What a time byte says: `skip` bytes hold time alone, the others begin a record.
struct Dvs {
  static constexpr EsKind kind = EsKind::dvs;
  static constexpr int64_t size = 5;
  static constexpr bool skip(uint32_t b) { return b >= 0xFE; }
  static constexpr int64_t skipped_time(uint32_t b) { return b == 0xFF ? 127 : 0; }
  static constexpr int64_t dt(uint32_t b) { return b >> 1; }
};

struct Atis {
  static constexpr EsKind kind = EsKind::atis;
  static constexpr int64_t size = 5;
  static constexpr bool skip(uint32_t b) { return b >= 0xFC; }
  static constexpr int64_t skipped_time(uint32_t b) { return 63 * (b & 3); }
  static constexpr int64_t dt(uint32_t b) { return b >> 2; }
};

struct Color {
  static constexpr EsKind kind = EsKind::color;
  static constexpr int64_t size = 8;
  static constexpr bool skip(uint32_t b) { return b >= 0xFE; }
  static constexpr int64_t skipped_time(uint32_t b) { return b == 0xFF ? 254 : 0; }
  static constexpr int64_t dt(uint32_t b) { return b; }
};

struct Cursors {
  MutableColumns to;
  int64_t n = 0;
  uint8_t* rgb;
  MutableColumns exposures;
  int64_t n_exposures = 0;
};

void put(const MutableColumns& to, int64_t i, int64_t t, uint32_t x, uint32_t y,
         uint32_t p) noexcept {
  to.t[i] = t;
  to.x[i] = static_cast<uint16_t>(x);
  to.y[i] = static_cast<uint16_t>(y);
  to.p[i] = static_cast<uint8_t>(p);
}

// Decodes one whole record; false and no change when its output is full.
template <class Kind>
bool record(EsState& s, const uint8_t* data, int64_t offset, Cursors& out) noexcept {
  const uint32_t head = data[0];
  const uint32_t x = load<uint16_t>(data + 1), y = load<uint16_t>(data + 3);
  if (x >= static_cast<uint32_t>(s.width) || y >= static_cast<uint32_t>(s.height)) {
    s.t += Kind::dt(head);
    skip(s.counts, s.counts.out_of_range, 1, offset, Kind::size);
    return true;
  }
  const uint32_t row = static_cast<uint32_t>(s.height) - 1 - y;
  const int64_t t = s.t + Kind::dt(head);
  if constexpr (Kind::kind == EsKind::atis) {
    if ((head & 1) != 0) {
      if (out.n_exposures >= out.exposures.capacity) return false;
      put(out.exposures, out.n_exposures++, t, x, row, (head >> 1) & 1);
      s.t = t;
      return true;
    }
  }
  if (out.n >= out.to.capacity) return false;
  if constexpr (Kind::kind == EsKind::color) {
    put(out.to, out.n, t, x, row, 1);
    std::memcpy(out.rgb + 3 * out.n, data + 5, 3);
  } else if constexpr (Kind::kind == EsKind::atis) {
    put(out.to, out.n, t, x, row, (head >> 1) & 1);
  } else {
    put(out.to, out.n, t, x, row, head & 1);
  }
  ++out.n;
  s.t = t;
  return true;
}

#if defined(__AVX512BW__)
#include "es_avx512.hpp"
#else
// Decodes blocks of 8 adjacent DVS records inside the sensor; returns the bytes consumed.
int64_t dvs_run(EsState& s, const uint8_t* data, int64_t n, Cursors& out) noexcept {
  constexpr int64_t block = 8;
  const uint32_t width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  int64_t i = 0;
  int64_t t = s.t;
  while (n - i >= 5 * block && out.to.capacity - out.n >= block) {
    const uint8_t* here = data + i;
    int64_t* const to_t = out.to.t + out.n;
    uint16_t* const to_x = out.to.x + out.n;
    uint16_t* const to_y = out.to.y + out.n;
    uint8_t* const to_p = out.to.p + out.n;
    uint32_t bad = 0;
    int64_t time = t;
    for (int64_t k = 0; k < block; ++k) {
      const uint32_t head = here[5 * k], place = load<uint32_t>(here + 5 * k + 1);
      const uint32_t x = place & 0xFFFF, y = place >> 16;
      bad |= static_cast<uint32_t>(head >= 0xFE) | static_cast<uint32_t>(x >= width) |
             static_cast<uint32_t>(y >= height);
      time += head >> 1;
      to_t[k] = time;
      to_x[k] = static_cast<uint16_t>(x);
      to_y[k] = static_cast<uint16_t>(height - 1 - y);
      to_p[k] = static_cast<uint8_t>(head & 1);
    }
    if (bad != 0) break;  // what was written is overwritten by the careful path
    t = time;
    out.n += block;
    i += 5 * block;
  }
  s.t = t;
  return i;
}
#endif

template <class Kind>
DecodeProgress decode_kind(EsState& s, const uint8_t* data, int64_t n,
                           const DecodeOutput& to) noexcept {
  Cursors out{to.events, 0, to.rgb, to.exposures, 0};
  const int64_t start = s.counts.bytes_read;
  int64_t i = 0;
  bool room = true;
  if (s.n_carried > 0) {
    const int64_t missing = Kind::size - s.n_carried;
    if (n < missing) {
      if (n > 0) std::memcpy(s.carried + s.n_carried, data, static_cast<size_t>(n));
      s.n_carried += static_cast<int32_t>(n);
      s.counts.bytes_read += n;
      return {n, 0, 0, 0};
    }
    uint8_t whole[Kind::size];
    std::memcpy(whole, s.carried, static_cast<size_t>(s.n_carried));
    std::memcpy(whole + s.n_carried, data, static_cast<size_t>(missing));
    room = record<Kind>(s, whole, start - s.n_carried, out);
    if (room) {
      i = missing;
      s.n_carried = 0;
    }
  }
  while (room && i < n) {
    if constexpr (Kind::kind == EsKind::dvs) {
      i += dvs_run(s, data + i, n - i, out);
      if (i >= n) break;
    }
    const uint32_t head = data[i];
    if (Kind::skip(head)) {
      s.t += Kind::skipped_time(head);
      ++i;
    } else if (n - i < Kind::size) {
      s.n_carried = static_cast<int32_t>(n - i);
      std::memcpy(s.carried, data + i, static_cast<size_t>(n - i));
      i = n;
    } else {
      room = record<Kind>(s, data + i, start + i, out);
      if (room) i += Kind::size;
    }
  }
  s.counts.bytes_read += i;
  s.counts.events += out.n;
  return {i, out.n, 0, out.n_exposures};
}

DecodeProgress decode(EsState& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  switch (s.kind) {
    case EsKind::atis: return decode_kind<Atis>(s, data, n, out);
    case EsKind::color: return decode_kind<Color>(s, data, n, out);
    default: return decode_kind<Dvs>(s, data, n, out);
  }
}

}  // namespace

const EsKernels es_kernels{decode};

}  // namespace nk::NK_ISA
