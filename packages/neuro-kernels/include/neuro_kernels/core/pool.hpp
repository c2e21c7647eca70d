// The thread pool shared by all kernels.
#pragma once

#include <cstdint>
#include <type_traits>

namespace nk {

// Number of threads that parallel_for may use, the calling one included. Starts as
// NEURO_KERNELS_THREADS or the number of processors.
int num_threads() noexcept;
void set_num_threads(int n) noexcept;  // values below 1 count as 1

// Calls `body(context, index)` for every index in [0, count), on up to num_threads() threads, and
// returns when all are done. Indices are handed out one by one, so uneven work balances itself.
// `body` must not throw. A call made while another thread runs one is done serially by its caller.
void parallel_for(int64_t count, void (*body)(void*, int64_t), void* context) noexcept;

template <class Body>
void parallel_for(int64_t count, Body&& body) noexcept {
  using Callable = std::remove_reference_t<Body>;
  parallel_for(
      count, [](void* context, int64_t index) { (*static_cast<Callable*>(context))(index); },
      const_cast<std::remove_const_t<Callable>*>(&body));
}

}  // namespace nk
