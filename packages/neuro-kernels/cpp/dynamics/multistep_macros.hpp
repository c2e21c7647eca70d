// Tells the compiler that the rows of the following loop do not overlap.
#pragma once

#if defined(__clang__)
#define NK_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define NK_IVDEP _Pragma("GCC ivdep")
#elif defined(_MSC_VER)
#define NK_IVDEP __pragma(loop(ivdep))
#else
#define NK_IVDEP
#endif
