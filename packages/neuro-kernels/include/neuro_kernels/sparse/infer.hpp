// Spiking layers run forward by events: listed spikes add weights to a drive, neurons turn the
// drive into spikes, which are listed again.
//
// Signals are (frames, positions, channels), a position being a pixel; the channels of a layer are
// padded to full vectors. A frame is one step of one sample, samples of a step side by side. A
// matrix is a convolution with one position. An entry may be listed several times; its values add.
#pragma once

#include <cstdint>
#include <vector>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

constexpr int64_t kInferVectorBytes = 64;

template <class T>
constexpr int64_t infer_padded(int64_t channels) noexcept {
  constexpr int64_t lanes = kInferVectorBytes / static_cast<int64_t>(sizeof(T));
  return (channels + lanes - 1) / lanes * lanes;
}

// Listed entries of frames; value is empty while every entry is 1.
template <class T>
struct FrameEvents {
  std::vector<int64_t> offsets{0};
  std::vector<int32_t> index;
  std::vector<T> value;

  int64_t frames() const noexcept { return static_cast<int64_t>(offsets.size()) - 1; }
};

// Adds weight[channel][kernel_y][kernel_x][outputs] of each listed entry to the positions that it
// reaches; the weights stand in reverse order along kernel_x. Entries are (height, width, channels)
// in C order.
template <class T>
struct Scatter {
  // Of the input; channels is the distance between positions. Width 0 is a matrix: an entry is a
  // row of the weight, and there is one position.
  int64_t channels, width;
  int64_t out_height, out_width, outputs;  // outputs: padded
  int64_t kernel[2], stride[2], padding[2], dilation[2];
  const T* weight;
};

enum class Integrate : int { line = 0, euler = 1, zoh = 2, decay = 3 };
enum class Reset : int { value = 0, subtract = 1, carry = 2 };

// Coefficients of neurons, `n` of each, or one of each when `uniform`:
//   synapse: i = i - k_syn i (euler) or e_syn i, then i = i + g_syn x; the drive is i
//   line: v = v + k x;  euler: v = v + k ((leak - v) + r x);
//   zoh: v = e v + (1 - e) (leak + r x);  decay: v = leak + e (v - leak) + k (r x)
template <class T>
struct Neurons {
  int64_t n;
  bool uniform, synapse, spiking;
  Integrate integrate;
  Reset reset;
  bool before, at_threshold, multi, floor;  // test before the update; >= instead of >
  const T *k, *e, *one_minus_e, *leak, *r, *k_syn, *e_syn, *g_syn, *threshold, *v_reset;
};

template <class T>
struct InferTable {
  void (*scatter)(const Scatter<T>& s, const int32_t* index, const T* value, int64_t count,
                  T* drive) noexcept;
  // One step of `n` neurons. Lists those that spike in index and the numbers of their spikes in
  // value (room for n + 16 each) and gives their number; `ones` tells whether all numbers are 1.
  int64_t (*step)(const Neurons<T>& p, const T* drive, T* v, T* i, int32_t* index, T* value,
                  bool* ones) noexcept;
};

struct InferKernels {
  InferTable<float> f32;
  InferTable<double> f64;
};

// A source of a layer: listed entries through weights.
template <class T>
struct Source {
  Scatter<T> scatter;
  const FrameEvents<T>* events;
};

// Runs one layer over frames = steps * batch.
template <class T>
struct Layer {
  int64_t frames, batch, positions, outputs;  // outputs: padded
  std::vector<Source<T>> sources;
  const T* bias;   // (outputs) or null
  const T* dense;  // (frames, positions, outputs) added to the drive, or null
  bool has_neurons;
  Neurons<T> neurons;    // n is positions * outputs
  T *v, *i;              // (batch, n) states; i null without a synapse
  T *v_trace, *i_trace;  // (frames, n) or null
  T* drive_out;          // (frames, n) for a layer without neurons
};

// False: no memory. `out` receives the spikes when the neurons spike.
bool infer_layer(const Layer<float>& layer, FrameEvents<float>& out) noexcept;
bool infer_layer(const Layer<double>& layer, FrameEvents<double>& out) noexcept;

// Lists x, (frames, channels, positions), as (frames, positions, channels); no further frame once
// there are more than `limit` entries.
bool infer_list(const float* x, int64_t frames, int64_t channels, int64_t positions,
                FrameEvents<float>& out, int64_t limit = INT64_MAX) noexcept;
bool infer_list(const double* x, int64_t frames, int64_t channels, int64_t positions,
                FrameEvents<double>& out, int64_t limit = INT64_MAX) noexcept;

// Sums (times scale) over windows: entries move to the windows that they lie in.
struct PoolShape {
  int64_t channels, width, out_height, out_width;
  int64_t kernel[2], stride[2], padding[2];
};
bool infer_pool(const FrameEvents<float>& x, const PoolShape& s, float scale,
                FrameEvents<float>& out) noexcept;
bool infer_pool(const FrameEvents<double>& x, const PoolShape& s, double scale,
                FrameEvents<double>& out) noexcept;

// Adds the entries to out, (frames, channels, positions); `step` is the distance between positions
// in the index.
void infer_dense(const FrameEvents<float>& x, int64_t step, int64_t channels, int64_t positions,
                 float* out) noexcept;
void infer_dense(const FrameEvents<double>& x, int64_t step, int64_t channels, int64_t positions,
                 double* out) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(InferKernels, infer_kernels)
