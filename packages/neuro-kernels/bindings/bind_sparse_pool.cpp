// Pooling, on raw addresses like bind_sparse.cpp.
#include <pybind11/pybind11.h>

#include "address.hpp"
#include "neuro_kernels/sparse/pool2d.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
namespace {

PoolPlane plane(int64_t height, int64_t width, int64_t kernel_y, int64_t kernel_x) {
  if (kernel_y < 1 || kernel_x < 1 || height < 0 || width < 0)
    throw py::value_error("windows and planes must have positive sizes");
  return {height, width, kernel_y, kernel_x};
}

}  // namespace

void bind_sparse_pool(py::module_& m) {
  m.def(
      "mean_pool",
      [](bool is_double, int64_t planes, int64_t height, int64_t width, int64_t kernel_y,
         int64_t kernel_x, Address x, Address out, int threads) {
        const PoolPlane s = plane(height, width, kernel_y, kernel_x);
        py::gil_scoped_release release;
        is_double ? mean_pool(s, planes, pointer<const double>(x), pointer<double>(out), threads)
                  : mean_pool(s, planes, pointer<const float>(x), pointer<float>(out), threads);
      },
      py::arg("is_double"), py::arg("planes"), py::arg("height"), py::arg("width"),
      py::arg("kernel_y"), py::arg("kernel_x"), py::arg("x"), py::arg("out"), py::arg("threads"));
  m.def(
      "mean_pool_backward",
      [](bool is_double, int64_t planes, int64_t height, int64_t width, int64_t kernel_y,
         int64_t kernel_x, Address grad_out, Address grad_x, int threads) {
        const PoolPlane s = plane(height, width, kernel_y, kernel_x);
        py::gil_scoped_release release;
        is_double ? mean_pool_backward(s, planes, pointer<const double>(grad_out),
                                       pointer<double>(grad_x), threads)
                  : mean_pool_backward(s, planes, pointer<const float>(grad_out),
                                       pointer<float>(grad_x), threads);
      },
      py::arg("is_double"), py::arg("planes"), py::arg("height"), py::arg("width"),
      py::arg("kernel_y"), py::arg("kernel_x"), py::arg("grad_out"), py::arg("grad_x"),
      py::arg("threads"));
}

}  // namespace nk::py_bindings
