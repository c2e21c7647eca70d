#include "codec_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  nk::TextLayout layout;
  if (data[0] & 1) layout.x = 0, layout.y = 1, layout.p = 2, layout.t = 3;
  if (data[0] & 2) layout.separator = ' ';
  if (data[0] & 4) layout.time_exponent = 6;
  if (data[0] & 8) layout.fields = 5;
  nk_fuzz::check(
      data + 1, size - 1,
      [layout](int32_t width, int32_t height) {
        return nk::make_text_decoder(width, height, layout);
      },
      INT64_MIN);
  return 0;
}
