#include "codec_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto kind = static_cast<nk::DatKind>(data[0] % 3);
  nk_fuzz::check(data + 1, size - 1, [kind](int32_t width, int32_t height) {
    return nk::make_dat_decoder(width, height, kind);
  });
  return 0;
}
