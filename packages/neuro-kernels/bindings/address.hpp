// Addresses of arrays, which Python hands over as integers.
#pragma once

#include <cstdint>

namespace nk::py_bindings {

using Address = uintptr_t;

template <class T>
T* pointer(Address address) {
  return reinterpret_cast<T*>(address);
}

}  // namespace nk::py_bindings
