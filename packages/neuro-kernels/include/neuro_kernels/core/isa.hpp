// Instruction-set levels and the tables of kernels compiled once for each of them.
//
// A file cpp/<area>/<kernel>.isa.cpp is compiled once per level with NK_ISA set to the level's
// name. It must define one table, `const XKernels x{...}`, inside `namespace nk::NK_ISA`, keep its
// helpers in an anonymous namespace or `static`, and use no inline function of the standard
// library: the linker keeps one copy of such a function, and a copy compiled for AVX-512 must never
// be the one that a plain processor runs.
#pragma once

namespace nk {

enum class Isa : int { baseline = 0, avx2 = 1, avx512 = 2 };

// The level in use: the best one of this processor, or what NEURO_KERNELS_ISA names (a level above
// what the processor has falls back to the best one it has). Chosen once.
Isa isa() noexcept;

// The best level of this processor, whatever the environment says.
Isa best_isa() noexcept;

const char* isa_name(Isa level) noexcept;

}  // namespace nk

#if defined(NK_X86_LEVELS)
#define NK_KERNEL_TABLE(Type, name)          \
  namespace nk::baseline {                   \
  extern const Type name;                    \
  }                                          \
  namespace nk::avx2 {                       \
  extern const Type name;                    \
  }                                          \
  namespace nk::avx512 {                     \
  extern const Type name;                    \
  }                                          \
  namespace nk {                             \
  inline const Type& name() noexcept {       \
    switch (isa()) {                         \
      case Isa::avx512: return avx512::name; \
      case Isa::avx2: return avx2::name;     \
      default: return baseline::name;        \
    }                                        \
  }                                          \
  }
#else
#define NK_KERNEL_TABLE(Type, name)                             \
  namespace nk::baseline {                                      \
  extern const Type name;                                       \
  }                                                             \
  namespace nk {                                                \
  inline const Type& name() noexcept { return baseline::name; } \
  }
#endif
