// How lines of text hold events, as Python says it.
#pragma once

#include <pybind11/pybind11.h>

#include "neuro_kernels/codecs/text.hpp"

namespace nk::py_bindings {

namespace py = pybind11;

// (t, x, y, p, fields, separator, time_exponent)
inline TextLayout text_layout(const py::tuple& values) {
  TextLayout layout;
  layout.t = values[0].cast<int32_t>();
  layout.x = values[1].cast<int32_t>();
  layout.y = values[2].cast<int32_t>();
  layout.p = values[3].cast<int32_t>();
  layout.fields = values[4].cast<int32_t>();
  layout.separator = values[5].cast<char>();
  layout.time_exponent = values[6].cast<int32_t>();
  if (layout.time_exponent < -3 || layout.time_exponent > 6)
    throw py::value_error("time_exponent must lie in [-3, 6]");
  return layout;
}

}  // namespace nk::py_bindings
