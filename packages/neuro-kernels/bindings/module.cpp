#include <pybind11/pybind11.h>

#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/core/pool.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
void bind_codecs(py::module_& m);
void bind_encode(py::module_& m);
void bind_payloads(py::module_& m);
void bind_dynamics(py::module_& m);
void bind_events(py::module_& m);
void bind_filters(py::module_& m);
void bind_frames(py::module_& m);
void bind_represent(py::module_& m);
void bind_pages(py::module_& m);
void bind_render(py::module_& m);
void bind_sparse(py::module_& m);
void bind_sparse_bits(py::module_& m);
void bind_sparse_infer(py::module_& m);
void bind_sparse_pool(py::module_& m);
void bind_sparse_stage(py::module_& m);
void bind_storage(py::module_& m);
void bind_stream(py::module_& m);
void bind_times(py::module_& m);
void bind_usb(py::module_& m);
void bind_words(py::module_& m);
}  // namespace nk::py_bindings

PYBIND11_MODULE(_kernels, m) {
  m.doc() = "Compiled kernels; use them through the modules of neuro_kernels.";
  m.def("isa", [] { return nk::isa_name(nk::isa()); });
  m.def("best_isa", [] { return nk::isa_name(nk::best_isa()); });
  m.def("num_threads", &nk::num_threads);
  m.def("set_num_threads", &nk::set_num_threads, py::arg("n"));
  nk::py_bindings::bind_codecs(m);
  nk::py_bindings::bind_encode(m);
  nk::py_bindings::bind_payloads(m);
  nk::py_bindings::bind_dynamics(m);
  nk::py_bindings::bind_events(m);
  nk::py_bindings::bind_filters(m);
  nk::py_bindings::bind_represent(m);
  nk::py_bindings::bind_frames(m);
  nk::py_bindings::bind_pages(m);
  nk::py_bindings::bind_render(m);
  nk::py_bindings::bind_sparse(m);
  nk::py_bindings::bind_sparse_bits(m);
  nk::py_bindings::bind_sparse_infer(m);
  nk::py_bindings::bind_sparse_pool(m);
  nk::py_bindings::bind_sparse_stage(m);
  nk::py_bindings::bind_storage(m);
  nk::py_bindings::bind_stream(m);
  nk::py_bindings::bind_times(m);
  nk::py_bindings::bind_usb(m);
  nk::py_bindings::bind_words(m);
}
