#include "neuro_kernels/render/shade.hpp"

namespace nk::NK_ISA {
namespace {

void recency(const uint32_t* stamps, int64_t n, int32_t moment, int shift,
             uint16_t* entries) noexcept {
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t stamp = stamps[i];
    int32_t age = moment - static_cast<int32_t>(stamp >> 1);
    age = age < 0 ? 0 : age;
    int32_t step = age >> shift;
    step = step > 4095 ? 4095 : step;
    entries[i] = static_cast<uint16_t>(((stamp & 1) << 12) | static_cast<uint32_t>(step));
  }
}

void intensity(const uint32_t* sums, int64_t n, uint16_t* entries) noexcept {
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t sum = sums[i];
    entries[i] = static_cast<uint16_t>((~sum >> 31 << 13) | ((sum & 0x7FFFFFFFu) >> 18));
  }
}

}  // namespace

extern const ShadeKernels shade_kernels{recency, intensity};

}  // namespace nk::NK_ISA
