#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "neuro_kernels/codecs/decoder.hpp"
#include "neuro_kernels/codecs/encoder.hpp"

namespace {

struct Recording {
  std::vector<int64_t> t;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;

  explicit Recording(size_t n) : t(n), x(n), y(n), p(n) {}
  nk::Columns columns() const {
    return {t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(t.size())};
  }
  nk::MutableColumns target() {
    return {t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(t.size())};
  }
};

// Bursts in one row, lone events, and a gap of a second now and then.
Recording sample(size_t n) {
  Recording events(n);
  uint64_t state = 1;
  int64_t t = 16'770'000;
  uint32_t y = 0, p = 0, left = 0, x = 0;
  for (size_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const uint32_t r = static_cast<uint32_t>(state >> 33);
    if (left == 0) {
      t += r % 997 == 0 ? 1'000'000 : r % 3;
      y = (r >> 4) % 240;
      p = (r >> 13) & 1;
      x = (r >> 14) % 100;
      left = r % 5 == 0 ? 60 : 1;
    } else {
      x += 1 + r % 3;
    }
    --left;
    events.t[i] = t;
    events.x[i] = static_cast<uint16_t>(x);
    events.y[i] = static_cast<uint16_t>(y);
    events.p[i] = static_cast<uint8_t>(p);
  }
  return events;
}

std::vector<uint8_t> encode(nk::Encoder& encoder, const Recording& events) {
  std::vector<uint8_t> bytes, part(nk::Encoder::kRoom);
  const nk::Columns all = events.columns();
  for (int64_t i = 0; i < all.n;) {
    const nk::Columns rest{all.t + i, all.x + i, all.y + i, all.p + i, all.n - i};
    const nk::EncodeProgress done =
        encoder.encode(rest, nullptr, part.data(), static_cast<int64_t>(part.size()));
    REQUIRE(done.error == nk::EncodeError::none);
    bytes.insert(bytes.end(), part.begin(), part.begin() + done.bytes);
    i += done.events;
  }
  while (const int64_t n = encoder.finish(part.data(), static_cast<int64_t>(part.size())))
    bytes.insert(bytes.end(), part.begin(), part.begin() + n);
  return bytes;
}

void round_trip(nk::Encoder& encoder, std::unique_ptr<nk::Decoder> (*make)(), int64_t piece) {
  const Recording events = sample(20'000);
  const std::vector<uint8_t> bytes = encode(encoder, events);
  const std::unique_ptr<nk::Decoder> decoder = make();
  const int64_t n = static_cast<int64_t>(bytes.size());
  Recording again(events.t.size());
  nk::DecodeOutput out;
  out.events = again.target();
  for (int64_t at = 0; at < n; at += piece) {
    const nk::DecodeProgress done =
        decoder->decode(bytes.data() + at, std::min(piece, n - at), out);
    CHECK(done.bytes == std::min(piece, n - at));
    out.events.t += done.events;
    out.events.x += done.events;
    out.events.y += done.events;
    out.events.p += done.events;
    out.events.capacity -= done.events;
  }
  decoder->finish();
  CHECK(out.events.capacity == 0);
  CHECK(again.t == events.t);
  CHECK(again.x == events.x);
  CHECK(again.y == events.y);
  CHECK(again.p == events.p);
  CHECK(decoder->counts().first_problem == -1);
}

}  // namespace

TEST_CASE("every codec gives back what it wrote, for any cut of the bytes") {
  for (int64_t piece : {1, 3, 1000, 1 << 20}) {
    round_trip(
        *nk::make_evt2_encoder(320, 240), [] { return nk::make_evt2_decoder(320, 240); }, piece);
    for (bool upper_first : {false, true}) {
      const auto encoder = nk::make_evt21_encoder(320, 240, upper_first);
      round_trip(
          *encoder,
          upper_first ? [] { return nk::make_evt21_decoder(320, 240, true); }
                      : [] { return nk::make_evt21_decoder(320, 240, false); },
          piece);
    }
    round_trip(
        *nk::make_evt3_encoder(320, 240), [] { return nk::make_evt3_decoder(320, 240); }, piece);
    round_trip(
        *nk::make_dat_encoder(320, 240, nk::DatKind::version2),
        [] { return nk::make_dat_decoder(320, 240, nk::DatKind::version2); }, piece);
    round_trip(
        *nk::make_dat_encoder(320, 240, nk::DatKind::version1),
        [] { return nk::make_dat_decoder(320, 240, nk::DatKind::version1); }, piece);
    round_trip(
        *nk::make_es_encoder(320, 240, nk::EsKind::dvs, 0),
        [] { return nk::make_es_decoder(320, 240, nk::EsKind::dvs, 0); }, piece);
  }
}

TEST_CASE("a decoder stops at full columns and goes on where it stopped") {
  const Recording events = sample(5000);
  const std::vector<uint8_t> bytes = encode(*nk::make_evt3_encoder(320, 240), events);
  const std::unique_ptr<nk::Decoder> decoder = nk::make_evt3_decoder(320, 240);
  Recording part(37);
  nk::DecodeOutput out;
  out.events = part.target();
  size_t read = 0, at = 0;
  while (at < bytes.size()) {
    const nk::DecodeProgress done =
        decoder->decode(bytes.data() + at, static_cast<int64_t>(bytes.size() - at), out);
    REQUIRE(done.bytes > 0);
    for (int64_t i = 0; i < done.events; ++i, ++read) {
      CHECK(part.t[static_cast<size_t>(i)] == events.t[read]);
      CHECK(part.x[static_cast<size_t>(i)] == events.x[read]);
    }
    at += static_cast<size_t>(done.bytes);
  }
  CHECK(read == events.t.size());
}

TEST_CASE("an EVT 4 vector takes its mask from the next word, also from the next call") {
  const uint32_t words[] = {0xE0000001u, 0xB0000803u, 0xC0800000u | 7u, 0x80000001u};
  const auto* bytes = reinterpret_cast<const uint8_t*>(words);
  for (int64_t piece : {1, 4, 5, 16}) {
    const auto decoder = nk::make_evt4_decoder(320, 240);
    Recording found(3);
    nk::DecodeOutput out;
    out.events = found.target();
    for (int64_t at = 0; at < 16; at += piece) {
      const nk::DecodeProgress done =
          decoder->decode(bytes + at, std::min<int64_t>(piece, 16 - at), out);
      out.events.t += done.events, out.events.x += done.events, out.events.y += done.events;
      out.events.p += done.events, out.events.capacity -= done.events;
    }
    decoder->finish();
    CHECK(found.t == std::vector<int64_t>{64, 66, 66});
    CHECK(found.x == std::vector<uint16_t>{1, 0, 31});
    CHECK(found.y == std::vector<uint16_t>{3, 7, 7});
    CHECK(found.p == std::vector<uint8_t>{1, 0, 0});
    CHECK(decoder->counts().truncated_bytes == 0);
  }
}

TEST_CASE("an ATIS stream gives events and exposure edges") {
  const uint8_t bytes[] = {0xFD, 4 << 2 | 2, 5, 0,          1, 0, 0 << 2 | 1, 6,
                           0,    0,          0, 2 << 2 | 3, 6, 0, 0,          0};
  const std::unique_ptr<nk::Decoder> decoder = nk::make_es_decoder(8, 2, nk::EsKind::atis, 1000);
  Recording events(4), edges(4);
  nk::DecodeOutput out;
  out.events = events.target();
  out.exposures = edges.target();
  const nk::DecodeProgress done = decoder->decode(bytes, sizeof bytes, out);
  CHECK(done.bytes == static_cast<int64_t>(sizeof bytes));
  REQUIRE(done.events == 1);
  REQUIRE(done.exposures == 2);
  CHECK(events.t[0] == 1067);
  CHECK(events.y[0] == 0);
  CHECK(events.p[0] == 1);
  CHECK(edges.t[1] == 1069);
  CHECK(edges.p[0] == 0);
  CHECK(edges.p[1] == 1);
}

namespace {

void check_long_pieces(nk::Encoder& whole, nk::Encoder& single) {
  const Recording events = sample(5000);
  const std::vector<uint8_t> bytes = encode(whole, events);
  std::vector<uint8_t> one_by_one, part(nk::Encoder::kRoom);
  const auto room = static_cast<int64_t>(part.size());
  const auto add = [&](int64_t n) {
    one_by_one.insert(one_by_one.end(), part.begin(), part.begin() + n);
  };
  for (size_t i = 0; i < events.t.size(); ++i) {
    const nk::Columns one{&events.t[i], &events.x[i], &events.y[i], &events.p[i], 1};
    for (bool taken = false; !taken;) {
      const nk::EncodeProgress done = single.encode(one, nullptr, part.data(), room);
      REQUIRE(done.error == nk::EncodeError::none);
      add(done.bytes);
      taken = done.events == 1;
    }
  }
  while (const int64_t n = single.finish(part.data(), room)) add(n);
  CHECK(bytes == one_by_one);
}

}  // namespace

TEST_CASE("long pieces give the bytes of single events") {
  check_long_pieces(*nk::make_evt2_encoder(320, 240), *nk::make_evt2_encoder(320, 240));
  check_long_pieces(*nk::make_evt3_encoder(320, 240), *nk::make_evt3_encoder(320, 240));
  for (const bool upper_first : {false, true})
    check_long_pieces(*nk::make_evt21_encoder(320, 240, upper_first),
                      *nk::make_evt21_encoder(320, 240, upper_first));
  for (const nk::DatKind kind : {nk::DatKind::version1, nk::DatKind::version2})
    check_long_pieces(*nk::make_dat_encoder(320, 240, kind), *nk::make_dat_encoder(320, 240, kind));
}
