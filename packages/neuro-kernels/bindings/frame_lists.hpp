// Listed entries of either number type, as Python holds them.
#pragma once

#include <variant>

#include "neuro_kernels/sparse/infer.hpp"

namespace nk::py_bindings {

struct FrameLists {
  std::variant<FrameEvents<float>, FrameEvents<double>> list;

  template <class Body>
  auto visit(Body&& body) const {
    return std::visit(body, list);
  }
};

}  // namespace nk::py_bindings
