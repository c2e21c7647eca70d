// What every decoder must keep to, whatever the bytes: no access outside the buffers (which have
// exactly the room the decoder asks for), events inside the sensor, every byte taken, and the same
// result however the bytes are cut.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "neuro_kernels/codecs/decoder.hpp"

namespace nk_fuzz {

struct Run {
  std::vector<int64_t> t;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;
  nk::DecodeCounts counts;
};

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void feed(nk::Decoder& decoder, const uint8_t* data, int64_t n, Run& run) {
  int64_t trigger_t[7], at = 0;
  uint8_t trigger_id[7], trigger_value[7];
  while (true) {
    const size_t room = static_cast<size_t>(decoder.bound(data + at, n - at));
    std::vector<int64_t> t(room), et(5);
    std::vector<uint16_t> x(room), y(room), ex(5), ey(5);
    std::vector<uint8_t> p(room), rgb(3 * room), ep(5);
    const nk::DecodeOutput out{{t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(room)},
                               {trigger_t, trigger_id, trigger_value, 7},
                               rgb.data(),
                               {et.data(), ex.data(), ey.data(), ep.data(), 5}};
    const nk::DecodeProgress done = decoder.decode(data + at, n - at, out);
    require(done.bytes >= 0 && done.bytes <= n - at);
    require(done.events <= static_cast<int64_t>(room));
    const auto end = static_cast<std::ptrdiff_t>(done.events);
    run.t.insert(run.t.end(), t.begin(), t.begin() + end);
    run.x.insert(run.x.end(), x.begin(), x.begin() + end);
    run.y.insert(run.y.end(), y.begin(), y.begin() + end);
    run.p.insert(run.p.end(), p.begin(), p.begin() + end);
    at += done.bytes;
    if (at == n) return;
    // Only a full side output may stop a decoder that has the room it asked for.
    require(done.triggers == 7 || done.exposures == 5);
  }
}

inline bool same(const nk::DecodeCounts& a, const nk::DecodeCounts& b) {
  return a.bytes_read == b.bytes_read && a.bytes_skipped == b.bytes_skipped &&
         a.events == b.events && a.triggers == b.triggers && a.out_of_range == b.out_of_range &&
         a.before_time == b.before_time && a.time_errors == b.time_errors &&
         a.unknown_words == b.unknown_words && a.other_words == b.other_words &&
         a.truncated_bytes == b.truncated_bytes && a.first_problem == b.first_problem;
}

// `make` builds a fresh decoder for a sensor of the given size, whose times start at `earliest`.
template <class Make>
void check(const uint8_t* data, size_t size, Make make, int64_t earliest = 0) {
  if (size < 3) return;
  const int32_t width = data[0] == 0 ? 1280 : data[0], height = data[1] == 0 ? 720 : data[1];
  const int64_t piece = data[2] + 1;
  data += 3;
  const int64_t n = static_cast<int64_t>(size) - 3;
  Run whole, cut;
  const std::unique_ptr<nk::Decoder> one = make(width, height), many = make(width, height);
  feed(*one, data, n, whole);
  for (int64_t at = 0; at < n; at += piece) feed(*many, data + at, std::min(piece, n - at), cut);
  one->finish();
  many->finish();
  require(one->counts().bytes_read == n);
  require(same(one->counts(), many->counts()));
  require(whole.t == cut.t && whole.x == cut.x && whole.y == cut.y && whole.p == cut.p);
  require(static_cast<int64_t>(whole.t.size()) == one->counts().events);
  for (size_t i = 0; i < whole.t.size(); ++i)
    require(whole.x[i] < width && whole.y[i] < height && whole.p[i] <= 1 && whole.t[i] >= earliest);
}

}  // namespace nk_fuzz
