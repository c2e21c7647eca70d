// Bytes of Python objects, given and made.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "neuro_kernels/codecs/decode.hpp"

namespace nk::py_bindings {

namespace py = pybind11;

// The bytes of any object that has them in one piece.
class Bytes {
 public:
  explicit Bytes(const py::object& object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  }
  ~Bytes() { PyBuffer_Release(&view_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  const uint8_t* data() const { return static_cast<const uint8_t*>(view_.buf); }
  int64_t size() const { return view_.len; }

 private:
  Py_buffer view_;
};

// A bytes object under construction.
class Growing {
 public:
  explicit Growing(int64_t capacity) : object_(PyBytes_FromStringAndSize(nullptr, capacity)) {
    if (object_ == nullptr) throw py::error_already_set();
  }
  ~Growing() { Py_XDECREF(object_); }
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;

  uint8_t* end() { return reinterpret_cast<uint8_t*>(PyBytes_AS_STRING(object_)) + size_; }
  int64_t room() const { return PyBytes_GET_SIZE(object_) - size_; }
  int64_t size() const { return size_; }
  void took(int64_t n) { size_ += n; }
  void reserve(int64_t room_wanted) {
    if (room() < room_wanted) resize(size_ + std::max(room_wanted, size_ / 2));
  }
  py::bytes take() {
    resize(size_);
    return py::reinterpret_steal<py::bytes>(std::exchange(object_, nullptr));
  }

 private:
  void resize(int64_t size) {
    if (_PyBytes_Resize(&object_, size) != 0) throw py::error_already_set();
  }
  PyObject* object_;
  int64_t size_ = 0;
};

// Counts as a dict; defined in bind_codecs.cpp.
py::dict counts_dict(const DecodeCounts&);

}  // namespace nk::py_bindings
