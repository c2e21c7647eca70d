// Event Stream 2: byte-aligned records after a time byte; no absolute time.
//
//   DVS     dt << 1 | polarity, x u16, y u16          0xFF: +127 us, 0xFE: nothing
//   ATIS    dt << 2 | kind, x u16, y u16              0xFC | k: +63 k us
//           kind 0 OFF, 1 exposure start, 2 ON, 3 exposure end
//   colour  dt, x u16, y u16, r, g, b                 0xFF: +254 us, 0xFE: nothing
//   generic dt, size in groups of 7 bits (bits 7..1, lowest group first; bit 0: more follow), bytes
//                                                     0xFF: +254 us, 0xFE: nothing
//
// Rows are stored bottom-up; the decoder and the encoder turn them, so that y points down.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

enum class EsKind : int { dvs = 0, atis = 1, color = 2 };

struct EsState {
  EsKind kind = EsKind::dvs;
  int32_t width = 65536, height = 65536;
  int64_t t = 0;
  int32_t n_carried = 0;
  uint8_t carried[8] = {};
  DecodeCounts counts;
};

struct EsKernels {
  DecodeProgress (*decode)(EsState&, const uint8_t* data, int64_t n, const DecodeOutput&);
};

inline int64_t es_bound(EsKind kind, int64_t n) noexcept {
  return n / (kind == EsKind::color ? 8 : 5) + 1;
}

struct EsEncodeState {
  EsKind kind = EsKind::dvs;
  int32_t width = 65536, height = 65536;
  int64_t t = 0;
};

// `rgb` holds 3 bytes per event and is read for colour only; polarity is not stored there.
// For ATIS, p is the kind of the record (0 to 3).
EncodeProgress es_encode(EsEncodeState&, const Columns& events, const uint8_t* rgb, uint8_t* out,
                         int64_t capacity) noexcept;

// Generic payloads: record i starts at time t[i] and ends at byte end[i] of `bytes`.
struct EsPayloads {
  int64_t* t = nullptr;
  int64_t* end = nullptr;
  int64_t capacity = 0;
  uint8_t* bytes = nullptr;  // must have room for all bytes given to the call
};

struct EsGenericState {
  int64_t t = 0;
  uint64_t size = 0;  // bytes still missing of the payload that is being read
  int32_t shift = 0;  // bits of the size read so far
  bool in_size = false;
  bool in_payload = false;
  int64_t record = 0;  // bytes consumed of the unfinished record
  DecodeCounts counts;
};

struct EsGenericProgress {
  int64_t bytes = 0;
  int64_t payloads = 0;
  int64_t payload_bytes = 0;  // written to `bytes`, those of an unfinished payload included
};

EsGenericProgress es_generic_decode(EsGenericState&, const uint8_t* data, int64_t n,
                                    const EsPayloads& out) noexcept;

// Counts the bytes of an unfinished record as truncated.
void es_generic_finish(EsGenericState&) noexcept;

// Writes payload i, bytes [i == 0 ? 0 : end[i - 1], end[i]) of `bytes`, at time t[i].
EncodeProgress es_generic_encode(int64_t& time, const int64_t* t, const int64_t* end,
                                 const uint8_t* bytes, int64_t n, uint8_t* out,
                                 int64_t capacity) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(EsKernels, es_kernels)
