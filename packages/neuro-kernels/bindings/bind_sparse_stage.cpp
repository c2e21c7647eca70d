// Stages of event-driven networks on raw addresses: callers check shapes and types, and keep alive
// what the addresses belong to.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
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

// Height and width of the source, height and width of the windows that it is pooled over.
using Grid = std::vector<int64_t>;

template <class T>
Stage<T> made(const Geometry& n, const Grid& grid, int64_t positions, int64_t channels,
              Address weight, Address places, int64_t once, Address bias, int model,
              Address coefficients, bool per_neuron, bool subtract) {
  if (n.size() != 12) throw py::value_error("a source is described by 12 numbers");
  if (grid.size() != 4) throw py::value_error("a grid is described by 4 numbers");
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
  return {{scatter, pointer<const int32_t>(places), shift, grid[0], grid[1], {grid[2], grid[3]}},
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
StageRun<T> call_of(const Stage<T>& stage, int64_t batch, const Addresses& state,
                    const Addresses& state_out, Address out, int threads) {
  const auto states = static_cast<size_t>(stage.model == nullptr ? 0 : stage.model->states);
  if (state.size() != states || state_out.size() != states)
    throw py::value_error("one address for each state variable expected");
  if (!stage.spiking() && out == 0)
    throw py::value_error("what does not spike needs memory for its values");
  StageRun<T> call{};
  call.batch = batch, call.threads = threads;
  for (size_t k = 0; k < states; ++k)
    call.state[k] = pointer<const T>(state[k]), call.state_out[k] = pointer<T>(state_out[k]);
  call.out = pointer<T>(out);
  return call;
}

void check_frames(int64_t frames, int64_t batch) {
  if (batch < 1 || frames % batch != 0)
    throw py::value_error("frames must be a multiple of the batch");
}

template <class T>
FrameLists run(const Stage<T>& stage, const FrameLists& lists, int64_t batch,
               const Addresses& state, const Addresses& state_out, Address out, int threads) {
  const auto* events = std::get_if<FrameEvents<T>>(&lists.list);
  if (events == nullptr) throw py::value_error("the lists have another number type");
  check_frames(events->frames(), batch);
  StageRun<T> call = call_of(stage, batch, state, state_out, out, threads);
  call.events = events;
  FrameLists made;
  bool done = false;
  {
    py::gil_scoped_release release;
    FrameBits spikes;
    auto& listed = made.list.emplace<FrameEvents<T>>();
    done = run_stage(stage, call, spikes) && (!stage.spiking() || list_bits(spikes, listed));
  }
  if (!done) throw std::bad_alloc();
  return made;
}

// A chain: stages one behind the other, and the values that they were packed from.
class Chain {
 public:
  Chain(std::vector<py::object> stages, std::vector<std::pair<Address, size_t>> values)
      : stages_(std::move(stages)), values_(std::move(values)) {
    if (stages_.empty()) throw py::value_error("a chain has at least one stage");
    const auto index = stages_.front().cast<const AnyStage&>().stage.index();
    for (const auto& one : stages_)
      if (one.cast<const AnyStage&>().stage.index() != index)
        throw py::value_error("the stages of a chain have one number type");
  }

  // The number of stages that ran, -1 where values have changed; the spikes of the last that ran,
  // unless it gave values.
  std::pair<int64_t, std::optional<FrameLists>> run(Address x, int64_t frames, int64_t channels,
                                                    int64_t positions, int64_t batch,
                                                    const Addresses& values,
                                                    const std::vector<int64_t>& limits,
                                                    const std::vector<Addresses>& state,
                                                    const std::vector<Addresses>& state_out,
                                                    Address out, int threads) const {
    if (values.size() != values_.size()) throw py::value_error("one address for each value");
    for (size_t k = 0; k < values.size(); ++k)
      if (std::memcmp(pointer<const char>(values[k]), pointer<const char>(values_[k].first),
                      values_[k].second) != 0)
        return {-1, std::nullopt};
    const size_t count = stages_.size();
    if (limits.size() != count || state.size() != count || state_out.size() != count)
      throw py::value_error("one limit and one list of states for each stage");
    check_frames(frames, batch);
    return std::visit(
        [&]<class T>(const Stage<T>&) -> std::pair<int64_t, std::optional<FrameLists>> {
          std::vector<const Stage<T>*> stages;
          std::vector<StageRun<T>> calls;
          for (size_t k = 0; k < count; ++k) {
            stages.push_back(&std::get<Stage<T>>(stages_[k].cast<const AnyStage&>().stage));
            const Address to = k + 1 == count ? out : 0;
            calls.push_back(call_of<T>(*stages.back(), batch, state[k], state_out[k], to, threads));
          }
          FrameLists made;
          auto& listed = made.list.emplace<FrameEvents<T>>();
          int64_t ran = 0;
          {
            py::gil_scoped_release release;
            ran = walk(stages, calls, pointer<const T>(x), frames, channels, positions, limits,
                       listed);
          }
          if (ran < 0) throw std::bad_alloc();
          const bool spikes = ran > 0 && stages[static_cast<size_t>(ran) - 1]->spiking();
          if (!spikes) return {ran, std::nullopt};
          return {ran, std::move(made)};
        },
        stages_.front().cast<const AnyStage&>().stage);
  }

 private:
  // Negative: no memory.
  template <class T>
  static int64_t walk(const std::vector<const Stage<T>*>& stages, std::vector<StageRun<T>>& calls,
                      const T* x, int64_t frames, int64_t channels, int64_t positions,
                      const std::vector<int64_t>& limits, FrameEvents<T>& listed) {
    FrameEvents<T> events;
    FrameBits bits;
    if (!infer_list(x, frames, channels, positions, events, limits[0])) return -1;
    if (static_cast<int64_t>(events.index.size()) > limits[0]) return 0;
    // A maximum of other values than 0 and 1 is none of spikes.
    if (stages[0]->once > 0 && !events.value.empty()) return 0;
    for (size_t k = 0; k < stages.size(); ++k) {
      if (k > 0 && count_bits(bits) > limits[k])
        return list_bits(bits, listed) ? static_cast<int64_t>(k) : -1;
      FrameBits spikes;
      if (k == 0) calls[k].events = &events;
      calls[k].bits = &bits;
      if (!run_stage(*stages[k], calls[k], spikes)) return -1;
      bits = std::move(spikes);
    }
    if (stages.back()->spiking() && !list_bits(bits, listed)) return -1;
    return static_cast<int64_t>(stages.size());
  }

  std::vector<py::object> stages_;
  std::vector<std::pair<Address, size_t>> values_;
};

}  // namespace

void bind_sparse_stage(py::module_& m) {
  py::class_<AnyStage>(m, "Stage")
      .def(
          py::init([](bool is_double, const Geometry& geometry, const Grid& grid, int64_t positions,
                      int64_t channels, Address weight, Address places, int64_t once, Address bias,
                      int model, Address coefficients, bool per_neuron, bool subtract) {
            auto with = [&](auto make) {
              return make(geometry, grid, positions, channels, weight, places, once, bias, model,
                          coefficients, per_neuron, subtract);
            };
            AnyStage stage;
            if (is_double)
              stage.stage = with(&made<double>);
            else
              stage.stage = with(&made<float>);
            return stage;
          }),
          py::arg("is_double"), py::arg("geometry"), py::arg("grid"), py::arg("positions"),
          py::arg("channels"), py::arg("weight"), py::arg("places"), py::arg("once"),
          py::arg("bias"), py::arg("model"), py::arg("coefficients"), py::arg("per_neuron"),
          py::arg("subtract"))
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

  py::class_<Chain>(m, "Chain")
      .def(py::init<std::vector<py::object>, std::vector<std::pair<Address, size_t>>>(),
           py::arg("stages"), py::arg("values"))
      .def("run", &Chain::run, py::arg("x"), py::arg("frames"), py::arg("channels"),
           py::arg("positions"), py::arg("batch"), py::arg("values"), py::arg("limits"),
           py::arg("state"), py::arg("state_out"), py::arg("out"), py::arg("threads"));
}

}  // namespace nk::py_bindings
