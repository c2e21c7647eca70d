#include "arrays.hpp"
#include "neuro_kernels/represent/decay_surface.hpp"
#include "neuro_kernels/represent/histogram.hpp"

namespace nk::py_bindings {
namespace {

// Representations come as (2, height, width).
template <class T>
void check_planes(const Array<T>& planes, const char* name) {
  if (planes.ndim() != 3 || planes.shape(0) != 2)
    throw py::value_error(std::string(name) + " must have shape (2, height, width)");
}

}  // namespace

void bind_represent(py::module_& m) {
  m.def(
      "histogram",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out) {
        const Columns events = columns(t, x, y, p);
        check_planes(out, "out");
        const int64_t height = out.shape(1), width = out.shape(2);
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        return histogram(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert());

  m.attr("NO_EVENT") = kNoEvent;
  m.def(
      "mark_latest",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<int64_t>& last) {
        const Columns events = columns(t, x, y, p);
        check_planes(last, "last");
        const int64_t height = last.shape(1), width = last.shape(2);
        int64_t* data = last.mutable_data();
        py::gil_scoped_release release;
        return mark_latest(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("last").noconvert());
  m.def(
      "decay",
      [](const Array<int64_t>& last, int64_t t, double tau, Array<float>& out) {
        if (out.size() != last.size()) throw py::value_error("out must have the size of last");
        const int64_t* times = last.data();
        const int64_t n = last.size();
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        decay_kernels().decay(times, n, t, tau, data);
      },
      py::arg("last").noconvert(), py::arg("t"), py::arg("tau"), py::arg("out").noconvert());
}

}  // namespace nk::py_bindings
