#include "neuro_kernels/events/times.hpp"

namespace nk::NK_ISA {
namespace {

constexpr uint64_t kGamma = 0x9E3779B97F4A7C15u, kMix1 = 0xBF58476D1CE4E5B9u,
                   kMix2 = 0x94D049BB133111EBu;

void stretch(const int64_t* t, int64_t n, int64_t origin, double factor, int64_t* out) noexcept {
  constexpr double limit = 4611686018427387904.0;  // 2^62
  for (int64_t i = 0; i < n; ++i) {
    const auto since =
        static_cast<int64_t>(static_cast<uint64_t>(t[i]) - static_cast<uint64_t>(origin));
    double moved = static_cast<double>(since) * factor + 0.5;
    moved = moved < limit ? moved : limit;
    moved = moved > -limit ? moved : -limit;
    auto whole = static_cast<int64_t>(moved);
    whole -= static_cast<int64_t>(static_cast<double>(whole) > moved);
    out[i] = static_cast<int64_t>(static_cast<uint64_t>(origin) + static_cast<uint64_t>(whole));
  }
}

void jitter(const int64_t* t, int64_t n, uint64_t number, uint64_t seed, int64_t most_us,
            int64_t* out) noexcept {
  const uint64_t span = 2 * static_cast<uint64_t>(most_us) + 1;
  const uint64_t first = (number + 1 + seed) * kGamma;
  for (int64_t i = 0; i < n; ++i) {
    uint64_t z = first + static_cast<uint64_t>(i) * kGamma;
    z = (z ^ (z >> 30)) * kMix1;
    z = (z ^ (z >> 27)) * kMix2;
    z ^= z >> 31;
    const uint64_t step = (z >> 32) * span >> 32;
    out[i] =
        static_cast<int64_t>(static_cast<uint64_t>(t[i]) + step - static_cast<uint64_t>(most_us));
  }
}

}  // namespace

const TimesKernels times_kernels{stretch, jitter};

}  // namespace nk::NK_ISA
