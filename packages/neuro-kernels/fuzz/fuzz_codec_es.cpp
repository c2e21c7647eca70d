#include "codec_fuzz.hpp"

namespace {

struct Payloads {
  std::vector<int64_t> t, end;
  std::vector<uint8_t> bytes;
  nk::EsGenericState state;
};

void feed(Payloads& to, const uint8_t* data, int64_t n) {
  for (int64_t at = 0; at < n;) {
    int64_t t[3], end[3];
    std::vector<uint8_t> bytes(static_cast<size_t>(n - at));
    const nk::EsGenericProgress done =
        nk::es_generic_decode(to.state, data + at, n - at, {t, end, 3, bytes.data()});
    for (int64_t i = 0; i < done.payloads; ++i) {
      to.t.push_back(t[i]);
      to.end.push_back(static_cast<int64_t>(to.bytes.size()) + end[i]);
    }
    to.bytes.insert(to.bytes.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(done.payload_bytes));
    at += done.bytes;
  }
}

void check_generic(const uint8_t* data, size_t size) {
  const int64_t piece = data[0] + 1, n = static_cast<int64_t>(size) - 1;
  Payloads whole, cut;
  feed(whole, data + 1, n);
  for (int64_t at = 0; at < n; at += piece) feed(cut, data + 1 + at, std::min(piece, n - at));
  nk::es_generic_finish(whole.state);
  nk::es_generic_finish(cut.state);
  nk_fuzz::require(nk_fuzz::same(whole.state.counts, cut.state.counts));
  nk_fuzz::require(whole.t == cut.t && whole.end == cut.end && whole.bytes == cut.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  if (data[0] % 4 == 3) {
    check_generic(data + 1, size - 1);
    return 0;
  }
  const auto kind = static_cast<nk::EsKind>(data[0] % 4);
  nk_fuzz::check(data + 1, size - 1, [kind](int32_t width, int32_t height) {
    return nk::make_es_decoder(width, height, kind, 0);
  });
  return 0;
}
