#include "fresh.hpp"
#include "neuro_kernels/core/reserve.hpp"

namespace nk::py_bindings {

void bind_pages(py::module_& m) {
  m.def(
      "fresh_columns",
      [](int64_t n) {
        return py::make_tuple(fresh<int64_t>(n), fresh<uint16_t>(n), fresh<uint16_t>(n),
                              fresh<uint8_t>(n));
      },
      py::arg("n"));
  m.def("fresh_bytes", [](int64_t n) { return fresh<uint8_t>(n); }, py::arg("n"));
  m.def("pages_waiting", &pages_waiting);
  m.def("reserve_file", &reserve_file, py::arg("file"), py::arg("offset"), py::arg("n"),
        py::call_guard<py::gil_scoped_release>());
}

}  // namespace nk::py_bindings
