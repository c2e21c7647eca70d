// Neuron models on raw addresses: numpy arrays and torch tensors pass through the same functions.
// Callers check shapes, types and contiguity; an address of 0 stands for an absent array.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <vector>

#include "address.hpp"
#include "neuro_kernels/dynamics/neuron.hpp"

namespace py = pybind11;

namespace nk::py_bindings {
namespace {

const NeuronKernels& model(int index) {
  const NeuronKernels* k = neuron(index);
  if (k == nullptr) throw py::index_error("no neuron model of this index");
  return *k;
}

template <class T>
void put(T** slots, const std::vector<Address>& addresses, const NeuronKernels& k) {
  if (addresses.size() != static_cast<size_t>(k.states))
    throw py::value_error("one address for each state variable expected");
  for (int i = 0; i < kMaxStates; ++i)
    slots[i] = i < k.states ? pointer<T>(addresses[static_cast<size_t>(i)]) : nullptr;
}

template <class T>
void run_forward(const NeuronKernels& k, int64_t steps, int64_t columns, int64_t neurons, Address x,
                 bool x_constant, Address coefficients, bool per_neuron,
                 const std::vector<Address>& state, const std::vector<Address>& state_out,
                 Address out, Address saved, bool subtract, int threads) {
  NeuronForward<T> p{};
  p.steps = steps;
  p.columns = columns;
  p.neurons = neurons;
  p.x = pointer<const T>(x);
  p.x_step = x_constant ? 0 : columns;
  p.coefficients = pointer<const T>(coefficients);
  p.per_neuron = per_neuron;
  put(p.state, state, k);
  put(p.state_out, state_out, k);
  p.out = pointer<T>(out);
  p.saved = pointer<T>(saved);
  p.subtract = subtract;
  py::gil_scoped_release release;
  neuron_forward(k, p, threads);
}

template <class T>
bool run_backward(const NeuronKernels& k, int64_t steps, int64_t columns, int64_t neurons,
                  Address x, bool x_constant, Address coefficients, bool per_neuron,
                  const std::vector<Address>& state, Address saved, bool subtract,
                  bool detach_reset, Address grad_out, bool grad_constant,
                  const std::vector<Address>& grad_state_out, int surrogate, double alpha,
                  Address derivative, Address grad_x, const std::vector<Address>& grad_state,
                  Address grad_coefficients, int threads) {
  NeuronBackward<T> p{};
  p.steps = steps;
  p.columns = columns;
  p.neurons = neurons;
  p.x = pointer<const T>(x);
  p.x_step = x_constant ? 0 : columns;
  p.coefficients = pointer<const T>(coefficients);
  p.per_neuron = per_neuron;
  put(p.state, state, k);
  p.saved = pointer<const T>(saved);
  p.subtract = subtract;
  p.detach_reset = detach_reset;
  p.grad_out = pointer<const T>(grad_out);
  p.grad_step = grad_constant ? 0 : columns;
  put(p.grad_state_out, grad_state_out, k);
  p.surrogate = static_cast<Surrogate>(surrogate);
  p.alpha = static_cast<T>(alpha);
  p.derivative = pointer<const T>(derivative);
  p.grad_x = pointer<T>(grad_x);
  put(p.grad_state, grad_state, k);
  p.grad_coefficients = pointer<T>(grad_coefficients);
  py::gil_scoped_release release;
  return neuron_backward(k, p, threads);
}

}  // namespace

void bind_dynamics(py::module_& m) {
  m.def("neuron_models", [] {
    py::list models;
    for (int index = 0; const NeuronKernels* k = neuron(index); ++index) {
      py::list states, coefficients;
      for (int i = 0; i < k->states; ++i) states.append(k->state_names[i]);
      for (int i = 0; i < k->coefficients; ++i) coefficients.append(k->coefficient_names[i]);
      py::list tape, distances;
      if (k->surrogates > 0) {
        for (int i = 0; i < k->tape_input; ++i) tape.append(k->tape_names[i]);
        for (int i = 0; i < k->surrogates; ++i)
          distances.append(py::make_tuple(k->distance_names[2 * i], k->distance_names[2 * i + 1]));
      }
      models.append(py::make_tuple(k->name, py::tuple(states), py::tuple(coefficients),
                                   py::tuple(tape), py::tuple(distances)));
    }
    return models;
  });
  m.def(
      "neuron_forward",
      [](int index, bool is_double, int64_t steps, int64_t columns, int64_t neurons, Address x,
         bool x_constant, Address coefficients, bool per_neuron, const std::vector<Address>& state,
         const std::vector<Address>& state_out, Address out, Address saved, bool subtract,
         int threads) {
        (is_double ? run_forward<double> : run_forward<float>)(model(index), steps, columns,
                                                               neurons, x, x_constant, coefficients,
                                                               per_neuron, state, state_out, out,
                                                               saved, subtract, threads);
      },
      py::arg("model"), py::arg("is_double"), py::arg("steps"), py::arg("columns"),
      py::arg("neurons"), py::arg("x"), py::arg("x_constant"), py::arg("coefficients"),
      py::arg("per_neuron"), py::arg("state"), py::arg("state_out"), py::arg("out"),
      py::arg("saved"), py::arg("subtract"), py::arg("threads"));
  m.def(
      "neuron_backward",
      [](int index, bool is_double, int64_t steps, int64_t columns, int64_t neurons, Address x,
         bool x_constant, Address coefficients, bool per_neuron, const std::vector<Address>& state,
         Address saved, bool subtract, bool detach_reset, Address grad_out, bool grad_constant,
         const std::vector<Address>& grad_state_out, int surrogate, double alpha,
         Address derivative, Address grad_x, const std::vector<Address>& grad_state,
         Address grad_coefficients, int threads) {
        const bool done =
            (is_double ? run_backward<double>
                       : run_backward<float>)(model(index), steps, columns, neurons, x, x_constant,
                                              coefficients, per_neuron, state, saved, subtract,
                                              detach_reset, grad_out, grad_constant, grad_state_out,
                                              surrogate, alpha, derivative, grad_x, grad_state,
                                              grad_coefficients, threads);
        if (!done) throw std::bad_alloc();
      },
      py::arg("model"), py::arg("is_double"), py::arg("steps"), py::arg("columns"),
      py::arg("neurons"), py::arg("x"), py::arg("x_constant"), py::arg("coefficients"),
      py::arg("per_neuron"), py::arg("state"), py::arg("saved"), py::arg("subtract"),
      py::arg("detach_reset"), py::arg("grad_out"), py::arg("grad_constant"),
      py::arg("grad_state_out"), py::arg("surrogate"), py::arg("alpha"), py::arg("derivative"),
      py::arg("grad_x"), py::arg("grad_state"), py::arg("grad_coefficients"), py::arg("threads"));
}

}  // namespace nk::py_bindings
