// NK_IVDEP tells the compiler that the rows of the following loop do not overlap, NK_RESTRICT that
// nothing else points to what a pointer does.
#pragma once

#if defined(__clang__)
#define NK_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
// Vector code for blocks of a known length would otherwise be repeated for each of their vectors.
#define NK_IVDEP _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#elif defined(_MSC_VER)
#define NK_IVDEP __pragma(loop(ivdep))
#else
#define NK_IVDEP
#endif

// The same for rows of a few vectors, which may be repeated for each of them: what such a loop
// writes to a local row then stays in registers.
#if defined(__GNUC__) && !defined(__clang__)
#define NK_IVDEP_FEW _Pragma("GCC ivdep")
#else
#define NK_IVDEP_FEW NK_IVDEP
#endif

#if defined(_MSC_VER) || defined(__GNUC__)
#define NK_RESTRICT __restrict
#else
#define NK_RESTRICT
#endif
