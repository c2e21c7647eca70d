// A matrix or convolution and the neurons behind it, over all steps of a sequence: listed spikes
// add weights to a drive, a compiled neuron model turns the drive into spikes, which are listed.
//
// Signals are those of infer.hpp: (frames, pixels, channels), a frame being one step of one sample,
// the samples of a step side by side, and the channels of a layer padded to full vectors. The
// neurons are those of dynamics/neuron.hpp and have their bits.
#pragma once

#include <memory>

#include "neuro_kernels/dynamics/neuron.hpp"
#include "neuro_kernels/sparse/infer.hpp"

namespace nk {

// Spikes of frames as bits: bit b % 8 of byte b / 8 of a frame's row is its element b.
struct FrameBits {
  int64_t frames = 0, row = 0;  // bytes of a row
  std::unique_ptr<uint8_t[]> bits;

  const uint8_t* frame(int64_t f) const noexcept { return bits.get() + f * row; }
};

// What entries add their weights to.
template <class T>
struct Placed {
  // As for infer.hpp, but entries count for the pixel that `places` names; scatter.channels is the
  // distance between the source's pixels, scatter.width the width of what `places` names, or 0 for
  // a matrix.
  Scatter<T> scatter;
  // For each pixel of the source: y << 16 | x of the pixel that its entries count for, the pixel
  // itself for a matrix, or -1 where they count for none.
  const int32_t* places;
  int32_t shift;  // channels is 1 << shift, or no power of two when negative
  // Of the source of a convolution, and of the windows side by side that `places` describes.
  int64_t height, width, window[2];
};

template <class T>
struct Stage {
  Placed<T> source;
  // Elements of the pixels that places name; above 0, each counts once per frame (the maximum of
  // spikes that share a window), else spikes add up.
  int64_t once;
  int64_t positions, channels, outputs;  // outputs: channels, padded
  const T* bias;                         // (outputs) or null
  const NeuronKernels* model;            // null: the drive is the result
  const T* coefficients;                 // (coefficients, 1) or (coefficients, positions * outputs)
  bool per_neuron, subtract;

  bool spiking() const noexcept { return model != nullptr && model->surrogates > 0; }
};

template <class T>
struct StageRun {
  const FrameEvents<T>* events;  // what comes in, frames being steps * batch
  const FrameBits* bits;         // the same as bits, of another stage; used where events are null
  int64_t batch;
  const T* state[kMaxStates];  // (batch, positions, outputs) each; null starts at the model's rest
  T* state_out[kMaxStates];    // may be the same memory
  T* out;                      // (frames, positions, outputs) of what does not spike
  int threads;

  int64_t frames() const noexcept { return events != nullptr ? events->frames() : bits->frames; }
};

// False: no memory. Gives the spikes of a spiking model; results do not depend on `threads`.
bool run_stage(const Stage<float>& stage, const StageRun<float>& run, FrameBits& spikes) noexcept;
bool run_stage(const Stage<double>& stage, const StageRun<double>& run, FrameBits& spikes) noexcept;

int64_t count_bits(const FrameBits& bits) noexcept;
bool list_bits(const FrameBits& bits, FrameEvents<float>& out) noexcept;
bool list_bits(const FrameBits& bits, FrameEvents<double>& out) noexcept;

template <class T>
struct StageTable {
  void (*scatter)(const Placed<T>& s, const int32_t* index, const T* value, int64_t count,
                  T* drive) noexcept;
  // The same for the spikes of one frame; `once`: a channel of a window counts once. False: there
  // is nothing for this kernel.
  bool (*scatter_bits)(const Placed<T>& s, const uint8_t* bits, bool once, T* drive) noexcept;
  void (*fill)(T* drive, const T* bias, int64_t pixels, int64_t outputs) noexcept;
  // Appends first + j for each z[j] that is not 0; room for n + 16. Gives their number.
  int64_t (*list)(const T* z, int64_t first, int64_t n, int32_t* index) noexcept;
};

struct StageKernels {
  StageTable<float> f32;
  StageTable<double> f64;
};

}  // namespace nk

NK_KERNEL_TABLE(StageKernels, stage_kernels)
