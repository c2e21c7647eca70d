#include "arrays.hpp"
#include "neuro_kernels/represent/histogram.hpp"

namespace nk::py_bindings {

void bind_represent(py::module_& m) {
  m.def(
      "histogram",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out) {
        const Columns events = columns(t, x, y, p);
        if (out.ndim() != 3 || out.shape(0) != 2)
          throw py::value_error("out must have shape (2, height, width)");
        const int64_t height = out.shape(1), width = out.shape(2);
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        return histogram(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert());
}

}  // namespace nk::py_bindings
