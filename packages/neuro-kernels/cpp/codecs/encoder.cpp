#include "neuro_kernels/codecs/encoder.hpp"

#include <algorithm>

namespace nk {
namespace {

template <class State>
class StateEncoder : public Encoder {
 protected:
  State state_;

  void limit(int32_t width, int32_t height, int32_t largest_x, int32_t largest_y) noexcept {
    state_.width = std::min(width, largest_x);
    state_.height = std::min(height, largest_y);
  }
};

class Evt2Encoder final : public StateEncoder<Evt2EncodeState> {
 public:
  Evt2Encoder(int32_t width, int32_t height) { limit(width, height, 2048, 2048); }
  EncodeProgress encode(const Columns& events, const uint8_t*, uint8_t* out,
                        int64_t capacity) noexcept override {
    return evt2_encode(state_, events, out, capacity);
  }
  EncodeProgress trigger(int64_t t, uint32_t id, uint32_t value, uint8_t* out,
                         int64_t capacity) noexcept override {
    return evt2_encode_trigger(state_, t, id, value, out, capacity);
  }
};

class Evt21Encoder final : public StateEncoder<Evt21EncodeState> {
 public:
  Evt21Encoder(int32_t width, int32_t height, bool upper_first) {
    limit(width, height, 2048, 2048);
    state_.upper_first = upper_first;
  }
  EncodeProgress encode(const Columns& events, const uint8_t*, uint8_t* out,
                        int64_t capacity) noexcept override {
    return evt21_encode(state_, events, out, capacity);
  }
  int64_t finish(uint8_t* out, int64_t capacity) noexcept override {
    return evt21_finish(state_, out, capacity);
  }
  EncodeProgress trigger(int64_t t, uint32_t id, uint32_t value, uint8_t* out,
                         int64_t capacity) noexcept override {
    return evt21_encode_trigger(state_, t, id, value, out, capacity);
  }
};

class Evt3Encoder final : public StateEncoder<Evt3EncodeState> {
 public:
  Evt3Encoder(int32_t width, int32_t height) { limit(width, height, 2048, 2048); }
  EncodeProgress encode(const Columns& events, const uint8_t*, uint8_t* out,
                        int64_t capacity) noexcept override {
    return evt3_encode(state_, events, false, out, capacity);
  }
  int64_t finish(uint8_t* out, int64_t capacity) noexcept override {
    return evt3_encode(state_, Columns{}, true, out, capacity).bytes;
  }
  EncodeProgress trigger(int64_t t, uint32_t id, uint32_t value, uint8_t* out,
                         int64_t capacity) noexcept override {
    return evt3_encode_trigger(state_, t, id, value, out, capacity);
  }
};

class DatEncoder final : public StateEncoder<DatEncodeState> {
 public:
  DatEncoder(int32_t width, int32_t height, DatKind kind) {
    const bool v1 = kind == DatKind::version1;
    limit(width, height, v1 ? 512 : 16384, v1 ? 256 : 16384);
    state_.kind = kind;
  }
  EncodeProgress encode(const Columns& events, const uint8_t*, uint8_t* out,
                        int64_t capacity) noexcept override {
    return dat_encode(state_, events, out, capacity);
  }
};

class EsEncoder final : public StateEncoder<EsEncodeState> {
 public:
  EsEncoder(int32_t width, int32_t height, EsKind kind, int64_t t0) {
    limit(width, height, 65536, 65536);
    state_.kind = kind;
    state_.t = t0;
  }
  EncodeProgress encode(const Columns& events, const uint8_t* rgb, uint8_t* out,
                        int64_t capacity) noexcept override {
    return es_encode(state_, events, rgb, out, capacity);
  }
  bool needs_colors() const noexcept override { return state_.kind == EsKind::color; }
};

class TextEncoder final : public Encoder {
 public:
  TextEncoder(int32_t width, int32_t height, const TextLayout& layout)
      : state_(std::min(width, 65536), std::min(height, 65536), layout) {}
  EncodeProgress encode(const Columns& events, const uint8_t*, uint8_t* out,
                        int64_t capacity) noexcept override {
    return text_encode(state_, events, out, capacity);
  }

 private:
  TextEncodeState state_;
};

}  // namespace

std::unique_ptr<Encoder> make_text_encoder(int32_t width, int32_t height,
                                           const TextLayout& layout) {
  return std::make_unique<TextEncoder>(width, height, layout);
}

std::unique_ptr<Encoder> make_evt2_encoder(int32_t width, int32_t height) {
  return std::make_unique<Evt2Encoder>(width, height);
}

std::unique_ptr<Encoder> make_evt21_encoder(int32_t width, int32_t height, bool upper_first) {
  return std::make_unique<Evt21Encoder>(width, height, upper_first);
}

std::unique_ptr<Encoder> make_evt3_encoder(int32_t width, int32_t height) {
  return std::make_unique<Evt3Encoder>(width, height);
}

std::unique_ptr<Encoder> make_dat_encoder(int32_t width, int32_t height, DatKind kind) {
  return std::make_unique<DatEncoder>(width, height, kind);
}

std::unique_ptr<Encoder> make_es_encoder(int32_t width, int32_t height, EsKind kind, int64_t t0) {
  return std::make_unique<EsEncoder>(width, height, kind, t0);
}

}  // namespace nk
