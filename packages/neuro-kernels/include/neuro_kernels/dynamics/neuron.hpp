// Neuron models run over many time steps at once, forward and backward.
//
// Data are (steps, columns) in C order; a column is one neuron of one sample, and columns repeat
// the layer's `neurons` once per sample, so that column c belongs to neuron c % neurons. Every
// model is described by its state variables and its coefficients (dimensionless rates, gains,
// voltages), listed in model order by `NeuronKernels`. Coefficients are (coefficients, 1) when
// shared by all neurons, or (coefficients, neurons).
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

constexpr int kMaxStates = 4;

// Derivatives that stand in for the threshold's in the backward pass, as functions of the distance
// u from the threshold. `given`: the caller supplies the derivative for every step and column.
enum class Surrogate : int { given = 0, super_spike = 1, triangle = 2, arctan = 3, boxcar = 4 };

template <class T>
struct NeuronForward {
  int64_t steps, columns, neurons;
  const T* x;
  int64_t x_step;  // elements from one step of x to the next: `columns`, or 0 for a constant input
  const T* coefficients;
  bool per_neuron;
  const T* state[kMaxStates];  // (columns) each; null starts at the model's rest
  T* state_out[kMaxStates];    // (columns) each; may be the same memory as `state`
  T* out;                      // (steps, columns): spikes, or the voltage of models without any
  T* saved;       // (steps, tape_input, columns) or null: what `backward` can use instead of x
  bool subtract;  // reset by subtraction of v_th - v_reset instead of to v_reset
  bool stream;    // write `out` past the cache; set by neuron_forward
};

// Spikes as bits, without anything for a backward pass; few steps, and many columns.
template <class T>
struct NeuronSweep {
  int64_t steps, columns;  // columns: a multiple of kNeuronVector<T>
  const T* x;              // (steps, columns), x_step elements from one step to the next
  int64_t x_step;
  const T* coefficients;
  bool per_neuron;  // (coefficients, columns) instead of one each
  const T* state[kMaxStates];
  T* state_out[kMaxStates];
  uint8_t* bits;  // of column c: bit c % 8 of byte c / 8; bits_step bytes from one step to the next
  int64_t bits_step;
  bool subtract;
};

// Values in the widest vector.
template <class T>
constexpr int64_t kNeuronVector = 64 / static_cast<int64_t>(sizeof(T));

template <class T>
struct NeuronBackward {
  int64_t steps, columns, neurons;
  const T* x;  // null when `saved` is there and no gradient of the coefficients is asked for
  int64_t x_step;
  const T* coefficients;
  bool per_neuron;
  const T* state[kMaxStates];  // initial state of the forward pass, null as there
  const T* saved;              // null: the forward pass is replayed, a chunk of columns at a time
  bool subtract;
  bool detach_reset;  // no gradient through the spike that resets the voltage
  const T* grad_out;  // null counts as zero
  int64_t grad_step;  // elements from one step of grad_out to the next: `columns` or 0
  const T* grad_state_out[kMaxStates];  // null counts as zero
  Surrogate surrogate;
  T alpha;              // steepness of the surrogate
  const T* derivative;  // (surrogates, steps, columns), for Surrogate::given
  T* grad_x;            // (steps, columns)
  T* grad_state[kMaxStates];
  T* grad_coefficients;  // (coefficients, columns), to be summed by the caller; or null
  bool stream;           // write `grad_x` past the cache; set by neuron_backward
};

// One neuron model at one instruction set. The chunk functions work on columns [begin, begin + n),
// n <= chunk; `scratch` holds steps * n * tape values of T.
struct NeuronKernels {
  const char* name;
  const char* const* state_names;
  const char* const* coefficient_names;
  const char* const* tape_names;      // of what is saved
  const char* const* distance_names;  // two for each threshold: the distance is their difference
  int states, coefficients;
  int surrogates;              // thresholds, each with a derivative; 0: the model does not spike
  int tape_input, tape_learn;  // values per step and column that the replay keeps
  void (*forward32)(const NeuronForward<float>&, int64_t begin, int64_t n) noexcept;
  void (*forward64)(const NeuronForward<double>&, int64_t begin, int64_t n) noexcept;
  void (*backward32)(const NeuronBackward<float>&, int64_t begin, int64_t n,
                     float* scratch) noexcept;
  void (*backward64)(const NeuronBackward<double>&, int64_t begin, int64_t n,
                     double* scratch) noexcept;
  // Of models that spike, else null.
  void (*sweep32)(const NeuronSweep<float>&) noexcept;
  void (*sweep64)(const NeuronSweep<double>&) noexcept;
};

constexpr int64_t kNeuronChunk = 1024;  // columns that a chunk function takes at most

// Models by index; null past the last.
const NeuronKernels* neuron(int index) noexcept;

// Runs the model on up to `threads` threads. Results do not depend on `threads`.
void neuron_forward(const NeuronKernels&, const NeuronForward<float>&, int threads) noexcept;
void neuron_forward(const NeuronKernels&, const NeuronForward<double>&, int threads) noexcept;
// False: no memory for the replay.
bool neuron_backward(const NeuronKernels&, const NeuronBackward<float>&, int threads) noexcept;
bool neuron_backward(const NeuronKernels&, const NeuronBackward<double>&, int threads) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(NeuronKernels, lif_kernels)
NK_KERNEL_TABLE(NeuronKernels, lif_box_kernels)
NK_KERNEL_TABLE(NeuronKernels, iaf_kernels)
NK_KERNEL_TABLE(NeuronKernels, li_kernels)
NK_KERNEL_TABLE(NeuronKernels, li_box_kernels)
NK_KERNEL_TABLE(NeuronKernels, cuba_lif_kernels)
NK_KERNEL_TABLE(NeuronKernels, cuba_li_kernels)
NK_KERNEL_TABLE(NeuronKernels, lif_ex_kernels)
NK_KERNEL_TABLE(NeuronKernels, lif_adex_kernels)
NK_KERNEL_TABLE(NeuronKernels, lsnn_kernels)
NK_KERNEL_TABLE(NeuronKernels, ada_lif_kernels)
NK_KERNEL_TABLE(NeuronKernels, lif_refrac_kernels)
NK_KERNEL_TABLE(NeuronKernels, lif_adex_refrac_kernels)
