// LZ4 frames and ECF chunks: no access outside the bytes and the room that is there, and what is
// packed comes back.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "neuro_kernels/codecs/ecf.hpp"
#include "neuro_kernels/codecs/lz4.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void lz4(const uint8_t* data, int64_t n) {
  const int64_t room = data[0] * 7;
  std::vector<uint8_t> frame{0x04, 0x22, 0x4D, 0x18, 0x60, 0x70, 0x73};
  frame.insert(frame.end(), data + 1, data + n);
  std::vector<uint8_t> out(static_cast<size_t>(room));
  const auto done =
      nk::lz4_decompress(frame.data(), static_cast<int64_t>(frame.size()), out.data(), room);
  require(done.bytes >= 0 && done.bytes <= room);
  nk::lz4_decompress(data, n, out.data(), room);

  std::vector<uint8_t> packed(static_cast<size_t>(nk::lz4_bound(n))), again(static_cast<size_t>(n));
  for (const auto compress : {nk::lz4_compress, nk::lz4_compress_records}) {
    const int64_t length = compress(data, n, packed.data());
    const auto back = nk::lz4_decompress(packed.data(), length, again.data(), n);
    require(back.status == nk::Lz4Status::done && back.bytes == n && back.consumed == length);
    require(std::memcmp(again.data(), data, static_cast<size_t>(n)) == 0);
  }
}

void ecf(const uint8_t* data, int64_t n) {
  const int64_t count = nk::ecf_count(data, n);
  if (count < 0) return;
  const size_t room = static_cast<size_t>(count);
  std::vector<int64_t> t(room);
  std::vector<uint16_t> x(room), y(room);
  std::vector<uint8_t> p(room);
  const int64_t whole = nk::ecf_decode(data, n, {t.data(), x.data(), y.data(), p.data(), count});
  require(whole >= 0 && whole <= count);
  if (whole == 0) return;
  for (int64_t i = 0; i < whole; ++i) {
    x[static_cast<size_t>(i)] &= 2047;
    y[static_cast<size_t>(i)] &= 2047;
  }
  std::vector<uint8_t> chunk(static_cast<size_t>(nk::ecf_bound(whole)));
  const int64_t length =
      nk::ecf_encode({t.data(), x.data(), y.data(), p.data(), whole}, chunk.data());
  require(length <= nk::ecf_bound(whole) && nk::ecf_count(chunk.data(), length) == whole);
  std::vector<int64_t> t2(room);
  std::vector<uint16_t> x2(room), y2(room);
  std::vector<uint8_t> p2(room);
  require(nk::ecf_decode(chunk.data(), length,
                         {t2.data(), x2.data(), y2.data(), p2.data(), count}) == whole);
  const auto end = static_cast<std::ptrdiff_t>(whole);
  require(std::equal(t.begin(), t.begin() + end, t2.begin()));
  require(std::equal(x.begin(), x.begin() + end, x2.begin()));
  require(std::equal(y.begin(), y.begin() + end, y2.begin()));
  require(std::equal(p.begin(), p.begin() + end, p2.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  (data[0] % 2 == 0 ? lz4 : ecf)(data + 1, static_cast<int64_t>(size) - 1);
  return 0;
}
