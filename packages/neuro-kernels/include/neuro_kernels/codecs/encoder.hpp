// One interface to the encoders of all event formats.
#pragma once

#include <memory>

#include "neuro_kernels/codecs/dat.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/codecs/es.hpp"
#include "neuro_kernels/codecs/evt2.hpp"
#include "neuro_kernels/codecs/evt21.hpp"
#include "neuro_kernels/codecs/evt3.hpp"
#include "neuro_kernels/codecs/text.hpp"

namespace nk {

class Encoder {
 public:
  // With an output of this size every call makes progress.
  static constexpr int64_t kRoom = 8192;

  virtual ~Encoder() = default;

  // Takes events until all are taken, one cannot be written, or the output is full. `rgb` holds 3
  // bytes per event for formats with colours, else null.
  virtual EncodeProgress encode(const Columns& events, const uint8_t* rgb, uint8_t* out,
                                int64_t capacity) noexcept = 0;

  // Writes what is held back; call it again while it returns more than 0 bytes.
  virtual int64_t finish(uint8_t*, int64_t) noexcept { return 0; }

  // Writes an external trigger edge behind what was given before; `events` of the result is 1 when
  // it was taken, and 0 when the output is full.
  virtual EncodeProgress trigger(int64_t, uint32_t, uint32_t, uint8_t*, int64_t) noexcept {
    return {0, 0, EncodeError::no_triggers};
  }

  virtual bool needs_colors() const noexcept { return false; }
};

std::unique_ptr<Encoder> make_evt2_encoder(int32_t width, int32_t height);
std::unique_ptr<Encoder> make_evt21_encoder(int32_t width, int32_t height, bool upper_first);
std::unique_ptr<Encoder> make_evt3_encoder(int32_t width, int32_t height);
std::unique_ptr<Encoder> make_dat_encoder(int32_t width, int32_t height, DatKind kind);
std::unique_ptr<Encoder> make_es_encoder(int32_t width, int32_t height, EsKind kind, int64_t t0);
std::unique_ptr<Encoder> make_text_encoder(int32_t width, int32_t height, const TextLayout&);

}  // namespace nk
