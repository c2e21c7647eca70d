// The word decoders keep inside the room they ask for, and give the same however the bytes are cut.
#include <algorithm>
#include <vector>

#include "codec_fuzz.hpp"
#include "neuro_kernels/words/decoder.hpp"

namespace {

void feed(nk::WordDecoder& decoder, const uint8_t* data, int64_t n, nk_fuzz::Run& run) {
  const nk::WordRoom room = decoder.room(data, n);
  const auto events = static_cast<size_t>(room.events), side = static_cast<size_t>(room.side);
  std::vector<int64_t> t(events), side_t(side);
  std::vector<uint16_t> x(events), y(events), word(side);
  std::vector<uint8_t> p(events);
  const nk::WordProgress done =
      decoder.decode(data, n, {t.data(), x.data(), y.data(), p.data(), room.events},
                     {side_t.data(), word.data(), room.side});
  nk_fuzz::require(done.events <= room.events && done.side <= room.side);
  const auto end = static_cast<std::ptrdiff_t>(done.events);
  run.t.insert(run.t.end(), t.begin(), t.begin() + end);
  run.x.insert(run.x.end(), x.begin(), x.begin() + end);
  run.y.insert(run.y.end(), y.begin(), y.begin() + end);
  run.p.insert(run.p.end(), p.begin(), p.begin() + end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 5) return 0;
  using Make = std::unique_ptr<nk::WordDecoder> (*)(const nk::WordSensor&);
  constexpr Make kMakers[] = {&nk::make_davis_decoder, &nk::make_dvx_decoder,
                              &nk::make_dvs128_decoder, &nk::make_edvs_decoder};
  const Make make = kMakers[data[3] % 4];
  const nk::WordSensor sensor{data[0] + 1, data[1] + 1, false};
  const int64_t piece = data[2] + 1;
  data += 4;
  const int64_t n = static_cast<int64_t>(size) - 4;
  const auto one = make(sensor), many = make(sensor);
  nk_fuzz::Run whole, cut;
  feed(*one, data, n, whole);
  for (int64_t at = 0; at < n; at += piece) feed(*many, data + at, std::min(piece, n - at), cut);
  nk_fuzz::require(nk_fuzz::same(one->counts(), many->counts()));
  nk_fuzz::require(whole.t == cut.t && whole.x == cut.x && whole.y == cut.y && whole.p == cut.p);
  for (size_t i = 0; i < whole.t.size(); ++i)
    nk_fuzz::require(whole.x[i] < sensor.columns && whole.y[i] < sensor.rows && whole.p[i] <= 1);
  return 0;
}
