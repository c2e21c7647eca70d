// Event columns as Arrow arrays, by the Arrow C data interface
// (https://arrow.apache.org/docs/format/CDataInterface.html) and its Python protocol
// (https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html).
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <array>
#include <string>

namespace nk::py_bindings::arrow {

namespace py = pybind11;

// A record batch with the columns t, x, y, p on the memory of `columns`, which it keeps alive.
// `metadata` is the schema's key-value block in the interface's own encoding.
struct Batch {
  std::array<py::array, 4> columns;
  std::string metadata;
};

py::capsule schema_capsule(const Batch& batch);
py::capsule array_capsule(const Batch& batch);
py::capsule stream_capsule(const Batch& batch);

}  // namespace nk::py_bindings::arrow
