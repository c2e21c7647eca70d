// Checked views of numpy arrays, shared by the bindings of all areas.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "neuro_kernels/core/columns.hpp"

namespace nk::py_bindings {

namespace py = pybind11;

// C-contiguous array of exactly this type: never a silent conversion or copy.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
py::array_t<T> to_array(const std::vector<T>& values) {
  return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

inline Columns columns(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                       const Array<uint8_t>& p) {
  const int64_t n = t.size();
  if (x.size() != n || y.size() != n || p.size() != n)
    throw py::value_error("event columns differ in length: t " + std::to_string(n) + ", x " +
                          std::to_string(x.size()) + ", y " + std::to_string(y.size()) + ", p " +
                          std::to_string(p.size()));
  return {t.data(), x.data(), y.data(), p.data(), n};
}

inline MutableColumns mutable_columns(Array<int64_t>& t, Array<uint16_t>& x, Array<uint16_t>& y,
                                      Array<uint8_t>& p) {
  const int64_t n = t.size();
  if (x.size() != n || y.size() != n || p.size() != n)
    throw py::value_error("output columns differ in length");
  return {t.mutable_data(), x.mutable_data(), y.mutable_data(), p.mutable_data(), n};
}

}  // namespace nk::py_bindings
