// Event-driven layers on raw addresses, like bind_dynamics.cpp: callers check shapes and types.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <new>
#include <variant>
#include <vector>

#include "address.hpp"
#include "neuro_kernels/sparse/conv2d.hpp"
#include "neuro_kernels/sparse/linear.hpp"
#include "neuro_kernels/sparse/row_events.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
namespace {

template <class T>
py::array_t<T> copied(const T* data, int64_t n) {
  return py::array_t<T>(n, data);
}

// The entries of a matrix of either type.
struct Lists {
  std::variant<EventList<float>, EventList<double>> list;

  bool assign(Address x, bool is_double, int64_t rows, int64_t columns, int64_t limit,
              int threads) {
    if (rows < 0 || columns < 0 || columns > INT32_MAX)
      throw py::value_error("rows and columns must not be negative, columns be below 2^31");
    Compressed outcome;
    {
      py::gil_scoped_release release;
      if (is_double)
        outcome = list.emplace<1>().assign(pointer<const double>(x), rows, columns, limit, threads);
      else
        outcome = list.emplace<0>().assign(pointer<const float>(x), rows, columns, limit, threads);
    }
    if (outcome == Compressed::no_memory) throw std::bad_alloc();
    return outcome == Compressed::done;
  }

  template <class Body>
  auto visit(Body&& body) const {
    return std::visit([&](const auto& one) { return body(one.view()); }, list);
  }
};

// (input size, output size, kernel, stride, padding, dilation)
using AxisNumbers = std::vector<int64_t>;

ConvAxis axis(const AxisNumbers& n) {
  if (n.size() != 6) throw py::value_error("an axis is described by 6 numbers");
  const ConvAxis a{n[0], n[1], n[2], n[3], n[4], n[5]};
  if (a.in < 1 || a.out < 1 || a.kernel < 1 || a.stride < 1 || a.padding < 0 || a.dilation < 1)
    throw py::value_error("sizes, kernel, stride and dilation of a convolution must be positive");
  return a;
}

ConvShape shape(int64_t channels, int64_t out_channels, int64_t groups, const AxisNumbers& y,
                const AxisNumbers& x) {
  if (channels < 1 || out_channels < 1 || groups < 1 || channels % groups || out_channels % groups)
    throw py::value_error("channels and out_channels must be multiples of groups");
  return {channels, out_channels, groups, axis(y), axis(x)};
}

void check_images(const ConvShape& s, int64_t columns) {
  if (columns != s.channels * s.y.in * s.x.in)
    throw py::value_error("the listed images have another size than the convolution");
}

}  // namespace

void bind_sparse(py::module_& m) {
  py::class_<Lists>(
      m, "EventList",
      "The nonzero entries of a matrix, row by row: columns and values, with row offsets.")
      .def(py::init<>())
      .def("assign", &Lists::assign, py::arg("x"), py::arg("is_double"), py::arg("rows"),
           py::arg("columns"), py::arg("limit"), py::arg("threads"))
      .def_property_readonly(
          "rows", [](const Lists& l) { return l.visit([](const auto& x) { return x.rows; }); })
      .def_property_readonly(
          "columns",
          [](const Lists& l) { return l.visit([](const auto& x) { return x.columns; }); })
      .def("__len__",
           [](const Lists& l) {
             return std::visit([](const auto& one) { return one.entries(); }, l.list);
           })
      .def_property_readonly("is_double", [](const Lists& l) { return l.list.index() == 1; })
      .def_property_readonly(
          "ones",
          [](const Lists& l) { return l.visit([](const auto& x) { return x.value == nullptr; }); })
      .def("offsets",
           [](const Lists& l) {
             return l.visit([](const auto& x) {
               static const int64_t none = 0;
               return x.offsets == nullptr ? copied(&none, 1) : copied(x.offsets, x.rows + 1);
             });
           })
      .def("index", [](const Lists& l) {
        return l.visit([](const auto& x) {
          return copied(x.index, x.index == nullptr ? 0 : x.offsets[x.rows]);
        });
      });

  m.def(
      "count_nonzero",
      [](Address x, bool is_double, int64_t rows, int64_t columns, int64_t step) {
        py::gil_scoped_release release;
        return is_double ? count_nonzero(pointer<const double>(x), rows, columns, step)
                         : count_nonzero(pointer<const float>(x), rows, columns, step);
      },
      py::arg("x"), py::arg("is_double"), py::arg("rows"), py::arg("columns"), py::arg("step"));

  m.def(
      "packed_size",
      [](int64_t outputs, int64_t inputs, bool is_double) {
        return inputs *
               (is_double ? packed_outputs<double>(outputs) : packed_outputs<float>(outputs));
      },
      py::arg("outputs"), py::arg("inputs"), py::arg("is_double"));

  m.def(
      "pack_weight",
      [](Address weight, bool is_double, int64_t outputs, int64_t inputs, Address packed) {
        py::gil_scoped_release release;
        if (is_double)
          pack_weight(pointer<const double>(weight), outputs, inputs, pointer<double>(packed));
        else
          pack_weight(pointer<const float>(weight), outputs, inputs, pointer<float>(packed));
      },
      py::arg("weight"), py::arg("is_double"), py::arg("outputs"), py::arg("inputs"),
      py::arg("packed"));

  m.def(
      "linear_forward",
      [](const Lists& x, int64_t outputs, Address weight, Address start, bool start_constant,
         Address out, int threads, bool packed) {
        x.visit([&]<class T>(const RowEvents<T>& events) {
          const LinearForward<T> p{events,
                                   outputs,
                                   pointer<const T>(weight),
                                   pointer<const T>(start),
                                   start_constant ? 0 : outputs,
                                   pointer<T>(out)};
          py::gil_scoped_release release;
          packed ? linear_forward(p, threads) : linear_forward_unpacked(p);
        });
      },
      py::arg("x"), py::arg("outputs"), py::arg("weight"), py::arg("start"),
      py::arg("start_constant"), py::arg("out"), py::arg("threads"), py::arg("packed") = true);

  m.def(
      "linear_weight_grad",
      [](const Lists& x, int64_t outputs, Address grad_out, Address grad_weight, int threads) {
        const bool done = x.visit([&]<class T>(const RowEvents<T>& events) {
          if (events.columns > INT32_MAX / kGradRows)
            throw py::value_error("more than 2^23 inputs");
          py::gil_scoped_release release;
          return linear_weight_grad(events, outputs, pointer<const T>(grad_out),
                                    pointer<T>(grad_weight), threads);
        });
        if (!done) throw std::bad_alloc();
      },
      py::arg("x"), py::arg("outputs"), py::arg("grad_out"), py::arg("grad_weight"),
      py::arg("threads"));

  m.def(
      "packed_conv_size",
      [](int64_t channels, int64_t out_channels, int64_t groups, const AxisNumbers& y,
         const AxisNumbers& x, bool is_double) {
        const ConvShape s = shape(channels, out_channels, groups, y, x);
        return is_double ? packed_conv_size<double>(s) : packed_conv_size<float>(s);
      },
      py::arg("channels"), py::arg("out_channels"), py::arg("groups"), py::arg("y"), py::arg("x"),
      py::arg("is_double"));

  m.def(
      "pack_conv_weight",
      [](int64_t channels, int64_t out_channels, int64_t groups, const AxisNumbers& y,
         const AxisNumbers& x, bool is_double, Address weight, Address packed) {
        const ConvShape s = shape(channels, out_channels, groups, y, x);
        py::gil_scoped_release release;
        if (is_double)
          pack_conv_weight(s, pointer<const double>(weight), pointer<double>(packed));
        else
          pack_conv_weight(s, pointer<const float>(weight), pointer<float>(packed));
      },
      py::arg("channels"), py::arg("out_channels"), py::arg("groups"), py::arg("y"), py::arg("x"),
      py::arg("is_double"), py::arg("weight"), py::arg("packed"));

  m.def(
      "conv2d_forward",
      [](const Lists& events, int64_t channels, int64_t out_channels, int64_t groups,
         const AxisNumbers& y, const AxisNumbers& x, Address packed, Address bias, Address out,
         int threads) {
        const ConvShape s = shape(channels, out_channels, groups, y, x);
        const bool done = events.visit([&]<class T>(const RowEvents<T>& images) {
          check_images(s, images.columns);
          py::gil_scoped_release release;
          return conv2d_forward(s, images, pointer<const T>(packed), pointer<const T>(bias),
                                pointer<T>(out), threads);
        });
        if (!done) throw std::bad_alloc();
      },
      py::arg("events"), py::arg("channels"), py::arg("out_channels"), py::arg("groups"),
      py::arg("y"), py::arg("x"), py::arg("packed"), py::arg("bias"), py::arg("out"),
      py::arg("threads"));

  m.def(
      "conv2d_weight_grad",
      [](const Lists& events, int64_t channels, int64_t out_channels, int64_t groups,
         const AxisNumbers& y, const AxisNumbers& x, Address grad_out, Address grad_weight,
         int threads) {
        const ConvShape s = shape(channels, out_channels, groups, y, x);
        const bool done = events.visit([&]<class T>(const RowEvents<T>& images) {
          check_images(s, images.columns);
          py::gil_scoped_release release;
          return conv2d_weight_grad(s, images, pointer<const T>(grad_out), pointer<T>(grad_weight),
                                    threads);
        });
        if (!done) throw std::bad_alloc();
      },
      py::arg("events"), py::arg("channels"), py::arg("out_channels"), py::arg("groups"),
      py::arg("y"), py::arg("x"), py::arg("grad_out"), py::arg("grad_weight"), py::arg("threads"));
}

}  // namespace nk::py_bindings
