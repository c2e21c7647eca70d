// Arrays in memory that was used before, whose pages the system need not clear.
#pragma once

#include <memory>
#include <new>

#include "arrays.hpp"
#include "neuro_kernels/core/pages.hpp"

namespace nk::py_bindings {

struct Lease {
  void* data = nullptr;
  int64_t bytes = 0;
};

// An array of `n` numbers in memory that holds anything.
template <class T>
py::array_t<T> fresh(int64_t n) {
  constexpr int64_t size = sizeof(T);
  if (n < 0 || n > INT64_MAX / size / 2) throw py::value_error("the array is too long");
  auto lease = std::make_unique<Lease>();
  lease->data = pages_get(n * size > 0 ? n * size : 1, &lease->bytes);
  if (lease->data == nullptr) throw std::bad_alloc();
  auto* const data = static_cast<T*>(lease->data);
  const py::capsule owner(lease.get(), [](void* pointer) {
    const auto* const done = static_cast<Lease*>(pointer);
    pages_put(done->data, done->bytes);
    delete done;
  });
  (void)lease.release();
  return py::array_t<T>(n, data, owner);
}

}  // namespace nk::py_bindings
