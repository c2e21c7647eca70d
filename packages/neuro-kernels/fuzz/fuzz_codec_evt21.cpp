#include "codec_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool upper_first = data[0] % 2 == 1;
  nk_fuzz::check(data + 1, size - 1, [upper_first](int32_t width, int32_t height) {
    return nk::make_evt21_decoder(width, height, upper_first);
  });
  return 0;
}
