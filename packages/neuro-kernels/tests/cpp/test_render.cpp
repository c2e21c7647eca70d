#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neuro_kernels/render/intensity.hpp"
#include "neuro_kernels/render/latest.hpp"
#include "neuro_kernels/render/lzw.hpp"
#include "neuro_kernels/render/picture.hpp"
#include "neuro_kernels/render/recency.hpp"
#include "neuro_kernels/render/yuv.hpp"

namespace {

// Decoder of GIF image data, written from the format's description.
std::vector<uint8_t> lzw_decode(const std::vector<uint8_t>& data) {
  std::vector<uint8_t> bytes, pixels;
  std::size_t at = 1;
  while (at < data.size() && data[at] != 0) {
    bytes.insert(bytes.end(), data.begin() + static_cast<long>(at) + 1,
                 data.begin() + static_cast<long>(at) + 1 + data[at]);
    at += 1 + data[at];
  }
  CHECK(at + 1 == data.size());
  const unsigned clear = 1u << data[0];
  std::vector<std::vector<uint8_t>> strings;
  unsigned bits = data[0] + 1u;
  std::size_t position = 0;
  const auto restart = [&] {
    strings.assign(clear + 2, {});
    for (unsigned i = 0; i < clear; ++i) strings[i] = {static_cast<uint8_t>(i)};
    bits = data[0] + 1u;
  };
  std::vector<uint8_t> previous;
  for (;;) {
    REQUIRE(position + bits <= bytes.size() * 8);
    unsigned code = 0;
    for (unsigned i = 0; i < bits; ++i, ++position)
      code |= ((bytes[position / 8] >> (position % 8)) & 1u) << i;
    if (code == clear) {
      restart();
      previous.clear();
      continue;
    }
    if (code == clear + 1) return pixels;
    std::vector<uint8_t> now;
    if (code < strings.size()) {
      now = strings[code];
    } else {
      REQUIRE(code == strings.size());
      now = previous;
      now.push_back(previous[0]);
    }
    pixels.insert(pixels.end(), now.begin(), now.end());
    if (!previous.empty() && strings.size() < 4096) {
      previous.push_back(now[0]);
      strings.push_back(previous);
    }
    if (strings.size() == (1u << bits) && bits < 12) ++bits;
    previous = now;
  }
}

}  // namespace

TEST_CASE("LZW data decodes to its pixels, within the promised size") {
  uint32_t seed = 1;
  for (int64_t width : {1, 7, 300})
    for (int code_size : {2, 5, 8})
      for (uint32_t run : {1u, 9u}) {
        std::vector<uint8_t> index(static_cast<std::size_t>(width * 60));
        for (std::size_t i = 0; i < index.size(); ++i) {
          if (i % run == 0) seed = seed * 1664525u + 1013904223u;
          index[i] = static_cast<uint8_t>((seed >> 20) & ((1u << code_size) - 1));
        }
        const int64_t bound = nk::lzw_bound(static_cast<int64_t>(index.size()));
        std::vector<uint8_t> out(static_cast<std::size_t>(bound));
        const int64_t n = nk::lzw_encode(index.data(), nullptr, width, {0, 0, width, 60}, code_size,
                                         0, out.data());
        REQUIRE(n <= bound);
        out.resize(static_cast<std::size_t>(n));
        CHECK(lzw_decode(out) == index);
      }
}

TEST_CASE("pixels equal to the picture before are written as transparent") {
  const std::vector<uint8_t> before{0, 1, 2, 3}, after{0, 1, 1, 3};
  std::vector<uint8_t> out(static_cast<std::size_t>(nk::lzw_bound(4)));
  const int64_t n = nk::lzw_encode(after.data(), before.data(), 2, {0, 0, 2, 2}, 3, 7, out.data());
  out.resize(static_cast<std::size_t>(n));
  CHECK(lzw_decode(out) == std::vector<uint8_t>{7, 7, 1, 7});
}

TEST_CASE("the changed rectangle is the smallest one") {
  std::vector<uint8_t> before(30, 0), after(30, 0);
  CHECK(nk::changed_rectangle(before.data(), after.data(), 6, 5).width == 0);
  after[1 * 6 + 4] = 1;
  after[3 * 6 + 2] = 1;
  const nk::Rectangle r = nk::changed_rectangle(before.data(), after.data(), 6, 5);
  CHECK(r.x == 2);
  CHECK(r.y == 1);
  CHECK(r.width == 3);
  CHECK(r.height == 3);
}

TEST_CASE("planes of video keep to their rows") {
  const std::vector<uint8_t> index{0, 1, 1, 1};
  std::vector<uint8_t> table(256 * 3);
  table[3] = 200;  // Y of entry 1
  table[4] = 100;  // its U
  table[5] = 10;   // its V
  std::vector<uint8_t> y(2 * 5, 7), u(1, 7), v(1, 7);
  nk::yuv420(index.data(), 2, 2, table.data(), {y.data(), 5}, {u.data(), 1}, {v.data(), 1});
  CHECK(y == std::vector<uint8_t>{0, 200, 7, 7, 7, 200, 200, 7, 7, 7});
  CHECK(u[0] == 75);
  CHECK(v[0] == 8);
}

TEST_CASE("surfaces leave out events outside of the picture and stop at the limit") {
  const std::vector<int64_t> t{INT64_MIN, 3, 4, INT64_MAX};
  const std::vector<uint16_t> x{0, 65535, 1, 0}, y{0, 0, 65535, 0};
  const std::vector<uint8_t> p{1, 1, 0, 0};
  const nk::Columns events{t.data(), x.data(), y.data(), p.data(), 4};
  std::vector<uint32_t> stamps(4);
  nk::Recency recency{2, 2, stamps.data(), 0, false};
  nk::Fed fed = nk::recency_feed(recency, events, 5);
  CHECK(fed.consumed == 3);
  CHECK(fed.outside == 2);
  std::vector<uint8_t> table(2 * nk::decay_steps, 1), index(4);
  nk::recency_shade(recency, INT64_MAX, 18, table.data(), index.data());
  CHECK(index == std::vector<uint8_t>(4, 1));

  const std::vector<float> weights{1.0f, 2.0f};
  std::vector<float> sums(4);
  nk::Intensity intensity{2, 2, sums.data(), weights.data(), 2, 0, 0.25f, 0, false};
  fed = nk::intensity_feed(intensity, events, INT64_MAX);
  CHECK(fed.consumed == 4);
  CHECK(fed.outside == 2);
  CHECK(sums[0] < 0.0f);  // the last event, OFF; all before it has faded away
  CHECK(sums[1] == 0.0f);
}

TEST_CASE("the last event of each pixel is packed, and what lies outside left out") {
  const std::vector<int64_t> t{10, 20, INT64_MAX, INT64_MIN, 40};
  const std::vector<uint16_t> x{1, 1, 0, 65535, 0}, y{0, 0, 1, 0, 65535};
  const std::vector<uint8_t> p{0, 1, 1, 1, 1};
  std::vector<uint32_t> stamps(4);
  std::vector<uint8_t> out(5 * nk::packed_event_bytes, 9);
  const nk::Columns events{t.data(), x.data(), y.data(), p.data(), 5};
  CHECK(nk::pack_latest(events, 2, 2, -5, stamps.data(), 1, out.data()) == 2);
  out.resize(2 * nk::packed_event_bytes);
  CHECK(out == std::vector<uint8_t>{255, 255, 255, 255, 0, 0, 3, 0, 25, 0, 0, 0, 1, 0, 1, 0});
}
