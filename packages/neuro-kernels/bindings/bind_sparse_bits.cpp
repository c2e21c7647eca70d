// Spikes as bits, on raw addresses like bind_sparse.cpp.
#include <pybind11/pybind11.h>

#include "address.hpp"
#include "neuro_kernels/sparse/bits.hpp"

namespace py = pybind11;

namespace nk::py_bindings {

void bind_sparse_bits(py::module_& m) {
  m.def(
      "pack_bits",
      [](Address x, bool is_double, int64_t n, Address bits) {
        py::gil_scoped_release release;
        const auto& k = bit_kernels();
        return is_double ? k.f64.pack(pointer<const double>(x), n, pointer<uint8_t>(bits))
                         : k.f32.pack(pointer<const float>(x), n, pointer<uint8_t>(bits));
      },
      py::arg("x"), py::arg("is_double"), py::arg("n"), py::arg("bits"));
  m.def(
      "unpack_bits",
      [](Address bits, bool is_double, int64_t n, Address x) {
        py::gil_scoped_release release;
        const auto& k = bit_kernels();
        is_double ? k.f64.unpack(pointer<const uint8_t>(bits), n, pointer<double>(x))
                  : k.f32.unpack(pointer<const uint8_t>(bits), n, pointer<float>(x));
      },
      py::arg("bits"), py::arg("is_double"), py::arg("n"), py::arg("x"));
}

}  // namespace nk::py_bindings
