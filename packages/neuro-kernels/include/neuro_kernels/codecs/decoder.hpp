// One interface to the decoders of all event formats.
#pragma once

#include <memory>

#include "neuro_kernels/codecs/dat.hpp"
#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/es.hpp"
#include "neuro_kernels/codecs/evt2.hpp"
#include "neuro_kernels/codecs/evt21.hpp"
#include "neuro_kernels/codecs/evt3.hpp"
#include "neuro_kernels/codecs/evt4.hpp"
#include "neuro_kernels/codecs/text.hpp"

namespace nk {

class Decoder {
 public:
  virtual ~Decoder() = default;

  // A decoder that goes on from the same place.
  virtual std::unique_ptr<Decoder> clone() const = 0;

  // Consumes bytes, which may be cut anywhere, until all are taken or an output is full.
  virtual DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput&) noexcept = 0;

  // Largest number of events (for ATIS: events or exposure edges) that these bytes can give.
  virtual int64_t bound(const uint8_t* data, int64_t n) const noexcept = 0;

  // Writes what an end of the bytes completes; call it before `finish`.
  virtual DecodeProgress flush(const DecodeOutput&) noexcept { return {}; }

  // Counts the bytes of an unfinished word as truncated; call it once, after the last byte.
  virtual void finish() noexcept = 0;

  virtual const DecodeCounts& counts() const noexcept = 0;

  virtual bool has_colors() const noexcept { return false; }
  virtual bool has_exposures() const noexcept { return false; }
};

// `width` and `height` may be 0 for an unknown size: then only what the format cannot say is left
// out, and ES rows cannot be turned.
std::unique_ptr<Decoder> make_evt2_decoder(int32_t width, int32_t height);
std::unique_ptr<Decoder> make_evt21_decoder(int32_t width, int32_t height, bool upper_first);
std::unique_ptr<Decoder> make_evt3_decoder(int32_t width, int32_t height);
std::unique_ptr<Decoder> make_evt4_decoder(int32_t width, int32_t height);
std::unique_ptr<Decoder> make_dat_decoder(int32_t width, int32_t height, DatKind kind);
std::unique_ptr<Decoder> make_es_decoder(int32_t width, int32_t height, EsKind kind, int64_t t0);
std::unique_ptr<Decoder> make_text_decoder(int32_t width, int32_t height, const TextLayout&);

}  // namespace nk
