#include "codec_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nk_fuzz::check(data, size, nk::make_evt4_decoder);
  return 0;
}
