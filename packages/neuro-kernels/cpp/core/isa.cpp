#include "neuro_kernels/core/isa.hpp"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

#if defined(NK_X86_LEVELS) && defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace nk {

Isa best_isa() noexcept {
#if defined(NK_X86_LEVELS)
#if defined(_MSC_VER)
  int r[4];
  __cpuidex(r, 0, 0);
  if (r[0] < 7) return Isa::baseline;
  __cpuidex(r, 1, 0);
  const bool os_saves_registers = (r[2] >> 27) & 1, fma = (r[2] >> 12) & 1;
  if (!os_saves_registers || !fma) return Isa::baseline;
  const unsigned long long saved = _xgetbv(0);
  __cpuidex(r, 7, 0);
  const bool avx2 = ((r[1] >> 5) & 1) && ((r[1] >> 8) & 1) && (saved & 0x6) == 0x6;
  const bool avx512 = ((r[1] >> 16) & 1) && ((r[1] >> 17) & 1) && ((r[1] >> 30) & 1) &&
                      ((r[1] >> 31) & 1) && (saved & 0xE6) == 0xE6;
  return avx2 ? (avx512 ? Isa::avx512 : Isa::avx2) : Isa::baseline;
#else
  __builtin_cpu_init();
  // x86-64-v4 is AVX-512 F, BW, CD, DQ and VL on top of x86-64-v3.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma"))
    return Isa::avx2;
  return Isa::baseline;
#endif
#else
  return Isa::baseline;
#endif
}

const char* isa_name(Isa level) noexcept {
  switch (level) {
    case Isa::avx512: return "avx512";
    case Isa::avx2: return "avx2";
    default: return "baseline";
  }
}

static Isa choose() noexcept {
  const Isa best = best_isa();
  const char* wish = std::getenv("NEURO_KERNELS_ISA");
  if (wish == nullptr) return best;
  for (Isa level : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (std::strcmp(wish, isa_name(level)) == 0 && level <= best) return level;
  return best;
}

Isa isa() noexcept {
  static const Isa chosen = choose();
  return chosen;
}

}  // namespace nk
