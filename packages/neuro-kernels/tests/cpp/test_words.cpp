#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "neuro_kernels/words/decoder.hpp"

namespace {

struct Found {
  std::vector<int64_t> t, side_t;
  std::vector<uint16_t> x, y, side;
  std::vector<uint8_t> p;
};

Found decode(nk::WordDecoder& decoder, const uint8_t* data, int64_t n) {
  const nk::WordRoom room = decoder.room(data, n);
  const auto events = static_cast<size_t>(room.events), side = static_cast<size_t>(room.side);
  Found found{std::vector<int64_t>(events),  std::vector<int64_t>(side),
              std::vector<uint16_t>(events), std::vector<uint16_t>(events),
              std::vector<uint16_t>(side),   std::vector<uint8_t>(events)};
  const nk::WordProgress done = decoder.decode(
      data, n, {found.t.data(), found.x.data(), found.y.data(), found.p.data(), room.events},
      {found.side_t.data(), found.side.data(), room.side});
  for (auto* column : {&found.x, &found.y}) column->resize(static_cast<size_t>(done.events));
  found.t.resize(static_cast<size_t>(done.events));
  found.p.resize(static_cast<size_t>(done.events));
  found.side.resize(static_cast<size_t>(done.side));
  found.side_t.resize(static_cast<size_t>(done.side));
  return found;
}

std::vector<uint8_t> bytes_of(const std::vector<uint16_t>& words) {
  std::vector<uint8_t> bytes(2 * words.size());
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

void append(Found& to, const Found& from) {
  to.t.insert(to.t.end(), from.t.begin(), from.t.end());
  to.x.insert(to.x.end(), from.x.begin(), from.x.end());
  to.y.insert(to.y.end(), from.y.begin(), from.y.end());
  to.p.insert(to.p.end(), from.p.begin(), from.p.end());
  to.side.insert(to.side.end(), from.side.begin(), from.side.end());
  to.side_t.insert(to.side_t.end(), from.side_t.begin(), from.side_t.end());
}

}  // namespace

TEST_CASE("a DAVIS stream gives events, and hands on edges and samples") {
  const auto decoder = nk::make_davis_decoder({346, 260, false});
  const auto bytes =
      bytes_of({0x8005, 0x1007, 0x3009, 0x0003, 0x4123, 0x7002, 0x8001, 0x200A, 0x3000 | 346});
  const Found found = decode(*decoder, bytes.data(), static_cast<int64_t>(bytes.size()));
  CHECK(found.t == std::vector<int64_t>{5, 0x10001});
  CHECK(found.x == std::vector<uint16_t>{9, 10});
  CHECK(found.y == std::vector<uint16_t>{7, 7});
  CHECK(found.p == std::vector<uint8_t>{1, 0});
  CHECK(found.side == std::vector<uint16_t>{0x0003, 0x4123});
  CHECK(decoder->counts().out_of_range == 1);
  CHECK(decoder->counts().first_problem == 16);
}

TEST_CASE("word streams cut anywhere give the same, whatever the bytes") {
  std::vector<uint8_t> bytes(4000);
  uint64_t state = 7;
  for (uint8_t& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(state >> 56);
  }
  using Make = std::unique_ptr<nk::WordDecoder> (*)(const nk::WordSensor&);
  for (const Make make : {&nk::make_davis_decoder, &nk::make_dvx_decoder, &nk::make_dvs128_decoder,
                          &nk::make_edvs_decoder}) {
    const nk::WordSensor sensor{120, 100, true};
    const auto whole = make(sensor);
    const Found once = decode(*whole, bytes.data(), static_cast<int64_t>(bytes.size()));
    for (const int64_t piece : {1, 3, 17}) {
      const auto again = make(sensor);
      Found joined;
      for (int64_t i = 0; i < static_cast<int64_t>(bytes.size()); i += piece) {
        const int64_t left = static_cast<int64_t>(bytes.size()) - i;
        append(joined, decode(*again, bytes.data() + i, piece < left ? piece : left));
      }
      CHECK(joined.t == once.t);
      CHECK(joined.x == once.x);
      CHECK(joined.y == once.y);
      CHECK(joined.p == once.p);
      CHECK(joined.side == once.side);
      CHECK(joined.side_t == once.side_t);
      CHECK(again->counts().bytes_skipped == whole->counts().bytes_skipped);
    }
    for (size_t i = 0; i < once.x.size(); ++i) {
      CHECK(once.y[i] < 120);  // columns and rows are exchanged
      CHECK(once.x[i] < 100);
    }
  }
}
