#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "neuro_kernels/codecs/ecf.hpp"
#include "neuro_kernels/codecs/event_packets.hpp"
#include "neuro_kernels/codecs/lz4.hpp"

TEST_CASE("XXH32 gives the values of its specification") {
  CHECK(nk::xxh32(nullptr, 0, 0) == 0x02CC5D05u);
  const char* const text = "abcdefghijklmnopqrstuvwxyz0123456789";
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text);
  CHECK(nk::xxh32(bytes, 3, 0) == 0x32D153FFu);
}

TEST_CASE("LZ4 frames give back what they were made of, and no more than there is room for") {
  std::vector<uint8_t> data(300'000);
  uint32_t state = 1;
  for (size_t i = 0; i < data.size(); ++i) {
    state = state * 1664525u + 1013904223u;
    data[i] = i % 16 < 13 && i >= 16 ? data[i - 16] : static_cast<uint8_t>(state >> 24);
  }
  const int64_t n = static_cast<int64_t>(data.size());
  std::vector<uint8_t> packed(static_cast<size_t>(nk::lz4_bound(n)));
  const int64_t length = nk::lz4_compress(data.data(), n, packed.data());
  CHECK(length < n / 2);
  std::vector<uint8_t> again(data.size());
  const nk::Lz4Result done = nk::lz4_decompress(packed.data(), length, again.data(), n);
  CHECK(done.status == nk::Lz4Status::done);
  CHECK(done.consumed == length);
  CHECK(again == data);
  CHECK(nk::lz4_decompress(packed.data(), length, again.data(), n - 1).status ==
        nk::Lz4Status::output_full);
  CHECK(nk::lz4_decompress(packed.data(), length / 2, again.data(), n).status ==
        nk::Lz4Status::damaged);
}

TEST_CASE("ECF chunks give back their events, also where time falls") {
  const std::vector<int64_t> t{5, 5, 700'000, -3, 1ll << 60};
  const std::vector<uint16_t> x{1, 2, 2047, 0, 9}, y{7, 7, 2047, 0, 7};
  const std::vector<uint8_t> p{1, 0, 1, 1, 0};
  std::vector<uint8_t> chunk(static_cast<size_t>(nk::ecf_bound(5)));
  const int64_t length = nk::ecf_encode({t.data(), x.data(), y.data(), p.data(), 5}, chunk.data());
  CHECK(nk::ecf_count(chunk.data(), length) == 5);
  std::vector<int64_t> t2(5);
  std::vector<uint16_t> x2(5), y2(5);
  std::vector<uint8_t> p2(5);
  const nk::MutableColumns to{t2.data(), x2.data(), y2.data(), p2.data(), 5};
  CHECK(nk::ecf_decode(chunk.data(), length, to) == 5);
  CHECK(t2 == t);
  CHECK(x2 == x);
  CHECK(y2 == y);
  CHECK(p2 == p);
  CHECK(nk::ecf_decode(chunk.data(), 12, to) == 0);
}

TEST_CASE("event records outside the sensor are left out and counted") {
  constexpr int64_t n = 1000;
  std::vector<int64_t> t(n);
  std::vector<uint16_t> x(n), y(n);
  std::vector<uint8_t> p(n);
  for (int64_t i = 0; i < n; ++i) {
    const size_t k = static_cast<size_t>(i);
    t[k] = i;
    x[k] = static_cast<uint16_t>(i % 100);
    p[k] = static_cast<uint8_t>(i % 2);
  }
  std::vector<uint8_t> bytes(16 * n);
  nk::event_record_kernels().encode({t.data(), x.data(), y.data(), p.data(), n}, bytes.data());
  nk::EventRecordState state;
  state.width = 99;
  std::vector<int64_t> t2(n);
  const nk::MutableColumns to{t2.data(), x.data(), y.data(), p.data(), n};
  CHECK(nk::event_record_kernels().decode(state, bytes.data(), n, to) == n - 10);
  CHECK(state.counts.out_of_range == 10);
  CHECK(state.counts.first_problem == 16 * 99);
  CHECK(t2[99] == 100);
}

TEST_CASE("records are packed by their likeness, of any length, and without room to spare") {
  std::vector<uint8_t> data(32 + 16 * 700);
  uint32_t state = 7;
  for (size_t i = 0; i < data.size(); ++i) {
    state = state * 1664525u + 1013904223u;
    const bool fresh = i < 48 || i % 16 == 8 || (state >> 28) == 0;
    data[i] = fresh ? static_cast<uint8_t>(state >> 16) : data[i - 16];
  }
  for (const size_t length : {size_t{0}, size_t{1}, size_t{79}, size_t{80}, size_t{81}, size_t{200},
                              size_t{1000}, data.size()}) {
    const auto n = static_cast<int64_t>(length);
    std::vector<uint8_t> packed(static_cast<size_t>(nk::lz4_bound(n)));
    const std::vector<uint8_t> part(data.begin(), data.begin() + n);
    const int64_t bytes = nk::lz4_compress_records(part.data(), n, packed.data());
    REQUIRE(bytes <= nk::lz4_bound(n));
    std::vector<uint8_t> again(length);
    const nk::Lz4Result done = nk::lz4_decompress(packed.data(), bytes, again.data(), n);
    CHECK(done.status == nk::Lz4Status::done);
    CHECK(done.bytes == n);
    CHECK(again == part);
  }
}

TEST_CASE("the extent of events is that of their columns") {
  const std::vector<int64_t> t{5, -3, 9};
  const std::vector<uint16_t> x{1, 70, 2}, y{8, 0, 3};
  const std::vector<uint8_t> p{1, 0, 1};
  const nk::EventExtent found =
      nk::event_record_kernels().extent({t.data(), x.data(), y.data(), p.data(), 3});
  CHECK(found.first == -3);
  CHECK(found.last == 9);
  CHECK(found.x == 70);
  CHECK(found.y == 8);
}

TEST_CASE("a run of packets ends in front of what is cut, and reads nothing behind it") {
  const int64_t t[3] = {5, 6, 9};
  const uint16_t x[3] = {1, 2, 3}, y[3] = {0, 1, 1};
  const uint8_t p[3] = {0, 1, 1};
  for (const bool lz4 : {false, true}) {
    std::vector<uint8_t> scratch(static_cast<size_t>(nk::event_packet_content(3)));
    std::vector<uint8_t> packet(static_cast<size_t>(nk::event_packet_bound(3, lz4)));
    nk::PacketEntry entry;
    nk::EventExtent extent;
    const int64_t length = nk::write_event_packet({t, x, y, p, 3}, 1, lz4, scratch.data(),
                                                  packet.data(), entry, extent);
    CHECK(entry.size == length - 8);
    CHECK(entry.last == 9);
    CHECK(extent.x == 3);
    for (int64_t n = 0; n <= length; ++n) {
      const std::vector<uint8_t> part(packet.begin(), packet.begin() + n);
      int64_t t2[3];
      uint16_t x2[3], y2[3];
      uint8_t p2[3];
      nk::EventRecordState state;
      const nk::PacketRun run =
          nk::read_event_packets(state, 1, lz4, part.data(), n, scratch.data(),
                                 static_cast<int64_t>(scratch.size()), {t2, x2, y2, p2, 3});
      CHECK(run.bytes == (n == length ? length : 0));
      CHECK(run.events == (n == length ? 3 : 0));
    }
  }
}
