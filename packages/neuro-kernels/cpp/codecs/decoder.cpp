#include "neuro_kernels/codecs/decoder.hpp"

namespace nk {
namespace {

void finish_words(DecodeCounts& counts, int32_t& n_carried) noexcept {
  if (n_carried == 0) return;
  counts.truncated_bytes += n_carried;
  counts.bytes_skipped += n_carried;
  if (counts.first_problem < 0) counts.first_problem = counts.bytes_read - n_carried;
  n_carried = 0;
}

template <class State>
class WordDecoder : public Decoder {
 public:
  void finish() noexcept override { finish_words(state_.counts, state_.n_carried); }
  const DecodeCounts& counts() const noexcept override { return state_.counts; }

 protected:
  State state_;

  void limit(int32_t width, int32_t height, int32_t largest_x, int32_t largest_y) noexcept {
    state_.width = width > 0 && width < largest_x ? width : largest_x;
    state_.height = height > 0 && height < largest_y ? height : largest_y;
  }
};

class Evt2Decoder final : public WordDecoder<Evt2State> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<Evt2Decoder>(*this); }
  Evt2Decoder(int32_t width, int32_t height) { limit(width, height, 2048, 2048); }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return evt2_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t*, int64_t n) const noexcept override { return evt2_bound(n); }
};

class Evt21Decoder final : public WordDecoder<Evt21State> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<Evt21Decoder>(*this); }
  Evt21Decoder(int32_t width, int32_t height, bool upper_first) {
    limit(width, height, 2048, 2048);
    state_.upper_first = upper_first;
  }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return evt21_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t* data, int64_t n) const noexcept override {
    const int64_t missing = state_.n_carried == 0 ? 0 : 8 - state_.n_carried;
    if (n <= missing) return 32;
    return 32 + evt21_kernels().bound(data + missing, n - missing, state_.upper_first);
  }
};

class Evt4Decoder final : public WordDecoder<Evt4State> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<Evt4Decoder>(*this); }
  Evt4Decoder(int32_t width, int32_t height) { limit(width, height, 2048, 2048); }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return evt4_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t* data, int64_t n) const noexcept override {
    const int64_t missing = state_.n_carried == 0 ? 0 : 4 - state_.n_carried;
    if (n <= missing) return 32;
    return 32 + evt4_kernels().bound(data + missing, n - missing);
  }
  void finish() noexcept override { evt4_finish(state_); }
};

class Evt3Decoder final : public WordDecoder<Evt3State> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<Evt3Decoder>(*this); }
  Evt3Decoder(int32_t width, int32_t height) { limit(width, height, 2048, 2048); }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return evt3_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t* data, int64_t n) const noexcept override {
    // The word that the call before cut in two may be a vector, and moves all later words.
    if (state_.n_carried == 0 || n == 0) return evt3_kernels().bound(data, n);
    return 12 + evt3_kernels().bound(data + 1, n - 1);
  }
};

class DatDecoder final : public WordDecoder<DatState> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<DatDecoder>(*this); }
  DatDecoder(int32_t width, int32_t height, DatKind kind) {
    const bool v1 = kind == DatKind::version1;
    limit(width, height, v1 ? 512 : 16384, v1 ? 256 : 16384);
    state_.kind = kind;
  }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return dat_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t*, int64_t n) const noexcept override {
    return state_.kind == DatKind::trigger ? 0 : dat_bound(n);
  }
};

class EsDecoder final : public WordDecoder<EsState> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<EsDecoder>(*this); }
  EsDecoder(int32_t width, int32_t height, EsKind kind, int64_t t0) {
    limit(width, height, 65536, 65536);
    state_.kind = kind;
    state_.t = t0;
  }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return es_kernels().decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t*, int64_t n) const noexcept override {
    return es_bound(state_.kind, n);
  }
  bool has_colors() const noexcept override { return state_.kind == EsKind::color; }
  bool has_exposures() const noexcept override { return state_.kind == EsKind::atis; }
};

class TextDecoder final : public WordDecoder<TextState> {
 public:
  std::unique_ptr<Decoder> clone() const override { return std::make_unique<TextDecoder>(*this); }
  TextDecoder(int32_t width, int32_t height, const TextLayout& layout) {
    limit(width, height, 65536, 65536);
    state_.layout = layout;
  }
  DecodeProgress decode(const uint8_t* data, int64_t n, const DecodeOutput& out) noexcept override {
    return text_decode(state_, data, n, out);
  }
  int64_t bound(const uint8_t*, int64_t n) const noexcept override { return text_bound(state_, n); }
  DecodeProgress flush(const DecodeOutput& out) noexcept override {
    return text_flush(state_, out);
  }
};

}  // namespace

std::unique_ptr<Decoder> make_text_decoder(int32_t width, int32_t height,
                                           const TextLayout& layout) {
  return std::make_unique<TextDecoder>(width, height, layout);
}

std::unique_ptr<Decoder> make_evt2_decoder(int32_t width, int32_t height) {
  return std::make_unique<Evt2Decoder>(width, height);
}

std::unique_ptr<Decoder> make_evt21_decoder(int32_t width, int32_t height, bool upper_first) {
  return std::make_unique<Evt21Decoder>(width, height, upper_first);
}

std::unique_ptr<Decoder> make_evt4_decoder(int32_t width, int32_t height) {
  return std::make_unique<Evt4Decoder>(width, height);
}

std::unique_ptr<Decoder> make_evt3_decoder(int32_t width, int32_t height) {
  return std::make_unique<Evt3Decoder>(width, height);
}

std::unique_ptr<Decoder> make_dat_decoder(int32_t width, int32_t height, DatKind kind) {
  return std::make_unique<DatDecoder>(width, height, kind);
}

std::unique_ptr<Decoder> make_es_decoder(int32_t width, int32_t height, EsKind kind, int64_t t0) {
  return std::make_unique<EsDecoder>(width, height, kind, t0);
}

}  // namespace nk
