// Stages of event-driven networks on raw addresses: callers check shapes and types, and keep alive
// what the addresses belong to.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <bit>
#include <new>
#include <variant>
#include <vector>

#include "address.hpp"
#include "frame_lists.hpp"
#include "neuro_kernels/sparse/stage.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
namespace {

using Addresses = std::vector<Address>;

struct AnyStage {
  std::variant<Stage<float>, Stage<double>> stage;
};

// Of the source: channels, width; then out height, out width, kernel y x, stride y x, padding y x,
// dilation y x, as for infer_layer.
using Geometry = std::vector<int64_t>;

template <class T>
Stage<T> made(const Geometry& n, int64_t positions, int64_t channels, Address weight,
              Address places, int64_t once, Address bias, int model, Address coefficients,
              bool per_neuron, bool subtract) {
  if (n.size() != 12) throw py::value_error("a source is described by 12 numbers");
  if (n[0] < 1 || positions < 1 || channels < 1)
    throw py::value_error("channels and positions must be positive");
  const int64_t outputs = infer_padded<T>(channels);
  const auto step = static_cast<uint64_t>(n[0]);
  const Scatter<T> scatter{
      n[0],         n[1],         n[2],         n[3],           outputs,
      {n[4], n[5]}, {n[6], n[7]}, {n[8], n[9]}, {n[10], n[11]}, pointer<const T>(weight)};
  const int32_t shift = std::has_single_bit(step) ? std::countr_zero(step) : -1;
  const NeuronKernels* kernels = model < 0 ? nullptr : neuron(model);
  if (model >= 0 && kernels == nullptr) throw py::index_error("no neuron model of this index");
  return {{scatter, pointer<const int32_t>(places), shift},
          once,
          positions,
          channels,
          outputs,
          pointer<const T>(bias),
          kernels,
          pointer<const T>(coefficients),
          per_neuron,
          subtract};
}

template <class T>
FrameLists run(const Stage<T>& stage, const FrameLists& lists, int64_t batch,
               const Addresses& state, const Addresses& state_out, Address out, int threads) {
  const auto* events = std::get_if<FrameEvents<T>>(&lists.list);
  if (events == nullptr) throw py::value_error("the lists have another number type");
  if (batch < 1 || events->frames() % batch != 0)
    throw py::value_error("frames must be a multiple of the batch");
  const auto states = static_cast<size_t>(stage.model == nullptr ? 0 : stage.model->states);
  if (state.size() != states || state_out.size() != states)
    throw py::value_error("one address for each state variable expected");
  StageRun<T> call{};
  call.events = events, call.batch = batch, call.threads = threads;
  for (size_t k = 0; k < states; ++k)
    call.state[k] = pointer<const T>(state[k]), call.state_out[k] = pointer<T>(state_out[k]);
  call.out = pointer<T>(out);
  FrameLists spikes;
  bool done = false;
  {
    py::gil_scoped_release release;
    done = run_stage(stage, call, spikes.list.emplace<FrameEvents<T>>());
  }
  if (!done) throw std::bad_alloc();
  return spikes;
}

}  // namespace

void bind_sparse_stage(py::module_& m) {
  py::class_<AnyStage>(m, "Stage")
      .def(py::init([](bool is_double, const Geometry& geometry, int64_t positions,
                       int64_t channels, Address weight, Address places, int64_t once, Address bias,
                       int model, Address coefficients, bool per_neuron, bool subtract) {
             auto with = [&](auto make) {
               return make(geometry, positions, channels, weight, places, once, bias, model,
                           coefficients, per_neuron, subtract);
             };
             AnyStage stage;
             if (is_double)
               stage.stage = with(&made<double>);
             else
               stage.stage = with(&made<float>);
             return stage;
           }),
           py::arg("is_double"), py::arg("geometry"), py::arg("positions"), py::arg("channels"),
           py::arg("weight"), py::arg("places"), py::arg("once"), py::arg("bias"), py::arg("model"),
           py::arg("coefficients"), py::arg("per_neuron"), py::arg("subtract"))
      .def(
          "run",
          [](const AnyStage& any, const FrameLists& lists, int64_t batch, const Addresses& state,
             const Addresses& state_out, Address out, int threads) {
            return std::visit(
                [&](const auto& stage) {
                  return run(stage, lists, batch, state, state_out, out, threads);
                },
                any.stage);
          },
          py::arg("lists"), py::arg("batch"), py::arg("state"), py::arg("state_out"),
          py::arg("out"), py::arg("threads"));
}

}  // namespace nk::py_bindings
