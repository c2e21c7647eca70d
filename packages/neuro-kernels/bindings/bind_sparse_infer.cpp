// Event-driven inference on raw addresses, like bind_sparse.cpp: callers check shapes and types.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <new>
#include <optional>
#include <vector>

#include "address.hpp"
#include "frame_lists.hpp"
#include "neuro_kernels/sparse/infer.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
namespace {

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

FrameLists listed(Address x, bool is_double, int64_t frames, int64_t channels, int64_t positions) {
  if (frames < 0 || channels < 0 || positions < 0 || channels * positions > INT32_MAX)
    throw py::value_error("frames, channels and positions must not be negative");
  FrameLists made;
  bool done = false;
  {
    py::gil_scoped_release release;
    if (is_double)
      done =
          infer_list(pointer<const double>(x), frames, channels, positions, made.list.emplace<1>());
    else
      done =
          infer_list(pointer<const float>(x), frames, channels, positions, made.list.emplace<0>());
  }
  require(done);
  return made;
}

// (channels, width, out height, out width, kernel y x, stride y x, padding y x)
using PoolNumbers = std::vector<int64_t>;

FrameLists pooled(const FrameLists& x, const PoolNumbers& n, double scale) {
  if (n.size() != 10) throw py::value_error("a pooling is described by 10 numbers");
  for (const int64_t number : {n[0], n[1], n[4], n[5], n[6], n[7]})
    if (number < 1) throw py::value_error("channels, width, kernel and stride must be positive");
  const PoolShape shape{n[0], n[1], n[2], n[3], {n[4], n[5]}, {n[6], n[7]}, {n[8], n[9]}};
  FrameLists made;
  bool done = false;
  x.visit([&]<class T>(const FrameEvents<T>& events) {
    py::gil_scoped_release release;
    done = infer_pool(events, shape, static_cast<T>(scale), made.list.emplace<FrameEvents<T>>());
  });
  require(done);
  return made;
}

// The last frames of `before`, then all but the last of `x`: a delay by those frames.
FrameLists delayed(const FrameLists& x, const FrameLists& before) {
  FrameLists made;
  x.visit([&]<class T>(const FrameEvents<T>& now) {
    const auto& first = std::get<FrameEvents<T>>(before.list);
    auto& out = made.list.emplace<FrameEvents<T>>();
    const bool with_values = !now.value.empty() || !first.value.empty();
    auto add = [&](const FrameEvents<T>& from, int64_t frames) {
      for (int64_t f = 0; f < frames; ++f) {
        const auto begin = static_cast<size_t>(from.offsets[static_cast<size_t>(f)]);
        const auto end = static_cast<size_t>(from.offsets[static_cast<size_t>(f) + 1]);
        for (size_t e = begin; e < end; ++e) {
          out.index.push_back(from.index[e]);
          if (with_values) out.value.push_back(from.value.empty() ? T(1) : from.value[e]);
        }
        out.offsets.push_back(static_cast<int64_t>(out.index.size()));
      }
    };
    const int64_t batch = first.frames() < now.frames() ? first.frames() : now.frames();
    add(first, batch);
    add(now, now.frames() - batch);
  });
  return made;
}

// channels, width, out height, out width, kernel y x, stride y x, padding y x, dilation y x
using ScatterNumbers = std::vector<int64_t>;
using SourceArguments = std::tuple<const FrameLists*, Address, ScatterNumbers>;
// integrate, reset, synapse, spiking, uniform, before, at_threshold, multi, floor
using RuleNumbers = std::vector<int>;
// k, e, one_minus_e, leak, r, k_syn, e_syn, g_syn, threshold, v_reset
using Coefficients = std::vector<Address>;
using NeuronArguments = std::tuple<RuleNumbers, Coefficients>;

template <class T>
Neurons<T> neurons(const NeuronArguments& given, int64_t n) {
  const auto& [rule, at] = given;
  if (rule.size() != 9 || at.size() != 10)
    throw py::value_error("neurons are described by 9 rules and 10 coefficients");
  auto c = [&](size_t i) { return pointer<const T>(at[i]); };
  return {n,
          rule[4] != 0,
          rule[2] != 0,
          rule[3] != 0,
          static_cast<Integrate>(rule[0]),
          static_cast<Reset>(rule[1]),
          rule[5] != 0,
          rule[6] != 0,
          rule[7] != 0,
          rule[8] != 0,
          c(0),
          c(1),
          c(2),
          c(3),
          c(4),
          c(5),
          c(6),
          c(7),
          c(8),
          c(9)};
}

struct Traces {
  Address v, i, v_trace, i_trace, drive_out;
};

template <class T>
FrameLists run_layer(int64_t frames, int64_t batch, int64_t positions, int64_t outputs,
                     const std::vector<SourceArguments>& sources, Address bias, Address dense,
                     const std::optional<NeuronArguments>& given, const Traces& to) {
  Layer<T> layer{};
  layer.frames = frames, layer.batch = batch, layer.positions = positions, layer.outputs = outputs;
  for (const auto& [lists, weight, n] : sources) {
    const auto* events = std::get_if<FrameEvents<T>>(&lists->list);
    if (events == nullptr || events->frames() != frames)
      throw py::value_error("a source has another number type or number of frames");
    if (n.size() != 12) throw py::value_error("a source is described by 12 numbers");
    layer.sources.push_back({{n[0],
                              n[1],
                              n[2],
                              n[3],
                              outputs,
                              {n[4], n[5]},
                              {n[6], n[7]},
                              {n[8], n[9]},
                              {n[10], n[11]},
                              pointer<const T>(weight)},
                             events});
  }
  layer.bias = pointer<const T>(bias);
  layer.dense = pointer<const T>(dense);
  layer.has_neurons = given.has_value();
  if (given) layer.neurons = neurons<T>(*given, positions * outputs);
  layer.v = pointer<T>(to.v), layer.i = pointer<T>(to.i);
  layer.v_trace = pointer<T>(to.v_trace), layer.i_trace = pointer<T>(to.i_trace);
  layer.drive_out = pointer<T>(to.drive_out);
  FrameLists made;
  auto& out = made.list.emplace<FrameEvents<T>>();
  bool done = false;
  {
    py::gil_scoped_release release;
    done = infer_layer(layer, out);
  }
  require(done);
  return made;
}

}  // namespace

void bind_sparse_infer(py::module_& m) {
  py::class_<FrameLists>(m, "FrameLists",
                         "The spikes of every frame as lists of indices, with offsets per frame.")
      .def("pooled", &pooled, py::arg("shape"), py::arg("scale"))
      .def("delayed", &delayed, py::arg("before"))
      .def(
          "add_to",
          [](const FrameLists& l, Address out, int64_t step, int64_t channels, int64_t positions) {
            l.visit([&]<class T>(const FrameEvents<T>& x) {
              py::gil_scoped_release release;
              infer_dense(x, step, channels, positions, pointer<T>(out));
            });
          },
          py::arg("out"), py::arg("step"), py::arg("channels"), py::arg("positions"))
      .def_property_readonly("is_double", [](const FrameLists& l) { return l.list.index() == 1; })
      .def_property_readonly(
          "frames", [](const FrameLists& l) { return l.visit([](auto& x) { return x.frames(); }); })
      .def("__len__",
           [](const FrameLists& l) { return l.visit([](auto& x) { return x.index.size(); }); })
      .def("offsets",
           [](const FrameLists& l) {
             return l.visit([](auto& x) {
               return py::array_t<int64_t>(static_cast<py::ssize_t>(x.offsets.size()),
                                           x.offsets.data());
             });
           })
      .def("index",
           [](const FrameLists& l) {
             return l.visit([](auto& x) {
               return py::array_t<int32_t>(static_cast<py::ssize_t>(x.index.size()),
                                           x.index.data());
             });
           })
      .def("values", [](const FrameLists& l) -> std::optional<py::array> {
        return l.visit([]<class T>(const FrameEvents<T>& x) -> std::optional<py::array> {
          if (x.value.empty()) return std::nullopt;
          return py::array_t<T>(static_cast<py::ssize_t>(x.value.size()), x.value.data());
        });
      });

  m.def("infer_list", &listed, py::arg("x"), py::arg("is_double"), py::arg("frames"),
        py::arg("channels"), py::arg("positions"));

  m.def("infer_padded", [](int64_t channels, bool is_double) {
    return is_double ? infer_padded<double>(channels) : infer_padded<float>(channels);
  });

  m.def(
      "infer_layer",
      [](bool is_double, int64_t frames, int64_t batch, int64_t positions, int64_t outputs,
         const std::vector<SourceArguments>& sources, Address bias, Address dense,
         const std::optional<NeuronArguments>& given, Address v, Address i, Address v_trace,
         Address i_trace, Address drive_out) {
        if (frames < 0 || batch < 1 || positions < 1 || outputs < 1)
          throw py::value_error("batch, positions and outputs must be positive");
        const Traces to{v, i, v_trace, i_trace, drive_out};
        auto run = is_double ? &run_layer<double> : &run_layer<float>;
        return run(frames, batch, positions, outputs, sources, bias, dense, given, to);
      },
      py::arg("is_double"), py::arg("frames"), py::arg("batch"), py::arg("positions"),
      py::arg("outputs"), py::arg("sources"), py::arg("bias"), py::arg("dense"), py::arg("neurons"),
      py::arg("v"), py::arg("i"), py::arg("v_trace"), py::arg("i_trace"), py::arg("drive_out"));
}

}  // namespace nk::py_bindings
