// A stage over all steps: the samples are independent, and each walks through blocks of steps that
// stay in the second-level cache.
#include "neuro_kernels/sparse/stage.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>
#include <new>

#include "neuro_kernels/core/pool.hpp"
#include "scratch.hpp"

namespace nk {
namespace {

// The drive of a block of steps, a part of a second-level cache.
constexpr int64_t kBlockBytes = 448 * 1024;

template <class T>
const StageTable<T>& table() noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    return stage_kernels().f32;
  else
    return stage_kernels().f64;
}

template <class T>
void run_model(const NeuronKernels& k, const NeuronForward<T>& p, int64_t n) noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    k.forward32(p, 0, n);
  else
    k.forward64(p, 0, n);
}

template <class T>
void sweep_model(const NeuronKernels& k, const NeuronSweep<T>& p) noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    k.sweep32(p);
  else
    k.sweep64(p);
}

// Eight bytes of a row, or the last ones.
inline uint64_t word_at(const uint8_t* bits, int64_t left) noexcept {
  uint64_t word = 0;
  std::memcpy(&word, bits, static_cast<std::size_t>(std::min<int64_t>(8, left)));
  return word;
}

void append(const uint8_t* bits, int64_t bytes, std::vector<int32_t>& index) {
  for (int64_t b = 0; b < bytes; b += 8)
    for (uint64_t word = word_at(bits + b, bytes - b); word != 0; word &= word - 1)
      index.push_back(static_cast<int32_t>(b * 8 + std::countr_zero(word)));
}

// One sample of a run: its spikes step after step.
template <class T>
class Sample {
 public:
  Sample(const Stage<T>& stage, const StageRun<T>& run, int64_t sample, FrameBits& spikes)
      : stage_(stage),
        run_(run),
        spikes_(spikes),
        sample_(sample),
        n_(stage.positions * stage.outputs) {}

  bool walk() {
    const int64_t steps = run_.frames() / run_.batch;
    const int64_t per_step = n_ * static_cast<int64_t>(sizeof(T));
    const int64_t block = std::clamp<int64_t>(kBlockBytes / std::max<int64_t>(per_step, 1), 1,
                                              std::max<int64_t>(steps, 1));
    drive_ = scratch<T, 10>(block * n_);
    out_ = scratch<T, 11>(block * std::min(n_, kNeuronChunk));
    if (drive_ == nullptr || out_ == nullptr) return false;
    if (stage_.once > 0) seen_.assign(static_cast<std::size_t>(stage_.once), -1);
    bool first = true;
    for (int64_t begin = 0; first || begin < steps; begin += block, first = false)
      walk_block(begin, std::min(block, steps - begin), first);
    return true;
  }

 private:
  void walk_block(int64_t begin, int64_t steps, bool first) {
    for (int64_t t = 0; t < steps; ++t) {
      const int64_t at = frame(begin + t);
      T* drive = stage_.model == nullptr ? run_.out + at * n_ : drive_ + t * n_;
      table<T>().fill(drive, stage_.bias, stage_.positions, stage_.outputs);
      add(at, drive);
    }
    if (stage_.model == nullptr) return;
    if (stage_.spiking()) return sweep(begin, steps, first);
    for (int64_t at = 0; at < n_; at += kNeuronChunk)
      advance(begin, steps, at, std::min(kNeuronChunk, n_ - at), first);
  }

  int64_t frame(int64_t step) const noexcept { return step * run_.batch + sample_; }

  void add(int64_t frame, T* drive) {
    if (run_.events == nullptr) {
      const uint8_t* bits = run_.bits->frame(frame);
      if (table<T>().scatter_bits(stage_.source, bits, stage_.once > 0, drive)) return;
      listed_.clear();
      append(bits, run_.bits->row, listed_);
      return add(listed_.data(), nullptr, static_cast<int64_t>(listed_.size()), frame, drive);
    }
    const FrameEvents<T>& events = *run_.events;
    const auto from = static_cast<std::size_t>(events.offsets[static_cast<std::size_t>(frame)]);
    const int64_t count =
        events.offsets[static_cast<std::size_t>(frame) + 1] - static_cast<int64_t>(from);
    const T* value = events.value.empty() ? nullptr : events.value.data() + from;
    add(events.index.data() + from, value, count, frame, drive);
  }

  void add(const int32_t* index, const T* value, int64_t count, int64_t frame, T* drive) {
    if (stage_.once == 0) {
      table<T>().scatter(stage_.source, index, value, count, drive);
      return;
    }
    const std::size_t found = first_of_each(index, count, static_cast<int32_t>(frame));
    table<T>().scatter(stage_.source, kept_.data(), nullptr, static_cast<int64_t>(found), drive);
  }

  // Keeps the first entry of each element that several may count for.
  std::size_t first_of_each(const int32_t* index, int64_t count, int32_t frame) {
    const Scatter<T>& s = stage_.source.scatter;
    kept_.resize(static_cast<std::size_t>(count));
    std::size_t found = 0;
    for (int64_t e = 0; e < count; ++e) {
      const int64_t pixel = index[e] / s.channels, channel = index[e] - pixel * s.channels;
      const int32_t place = stage_.source.places[pixel];
      if (place < 0) continue;
      const int64_t reached = s.width == 0 ? place : (place >> 16) * s.width + (place & 0xffff);
      int32_t& last = seen_[static_cast<std::size_t>(reached * s.channels + channel)];
      if (last != frame) kept_[found++] = index[e];
      last = frame;
    }
    return found;
  }

  // Spiking neurons through the steps of a block.
  void sweep(int64_t begin, int64_t steps, bool first) noexcept {
    NeuronSweep<T> p{};
    p.steps = steps, p.columns = n_;
    p.x = drive_, p.x_step = n_;
    p.coefficients = stage_.coefficients;
    p.per_neuron = stage_.per_neuron, p.subtract = stage_.subtract;
    set_states(p, 0, first);
    p.bits = spikes_.bits.get() + frame(begin) * spikes_.row;
    p.bits_step = run_.batch * spikes_.row;
    sweep_model(*stage_.model, p);
    if (stage_.channels == stage_.outputs) return;
    for (int64_t t = 0; t < steps; ++t) drop_padding(p.bits + t * p.bits_step);
  }

  // Neurons of the padding may fire by themselves, and are nobody's.
  void drop_padding(uint8_t* bits) const noexcept {
    for (int64_t pixel = 0; pixel < stage_.positions; ++pixel) {
      uint8_t* at = bits + pixel * stage_.outputs / 8;
      for (int64_t b = stage_.channels / 8; b < stage_.outputs / 8; ++b) {
        const int64_t left = std::max<int64_t>(stage_.channels - b * 8, 0);
        at[b] = static_cast<uint8_t>(at[b] & ((1U << left) - 1U));
      }
    }
  }

  // One chunk of neurons that do not spike through the steps of a block.
  void advance(int64_t begin, int64_t steps, int64_t at, int64_t n, bool first) noexcept {
    NeuronForward<T> p{};
    p.steps = steps, p.columns = n, p.neurons = stage_.per_neuron ? n_ : 1;
    p.x = drive_ + at, p.x_step = n_;
    p.coefficients = stage_.coefficients + (stage_.per_neuron ? at : 0);
    p.per_neuron = stage_.per_neuron, p.subtract = stage_.subtract;
    set_states(p, at, first);
    p.out = out_;
    run_model(*stage_.model, p, n);
    for (int64_t t = 0; t < steps; ++t)
      std::memcpy(run_.out + frame(begin + t) * n_ + at, out_ + t * n,
                  static_cast<std::size_t>(n) * sizeof(T));
  }

  template <class Run>
  void set_states(Run& p, int64_t at, bool first) const noexcept {
    for (int k = 0; k < stage_.model->states; ++k) {
      p.state_out[k] = run_.state_out[k] + sample_ * n_ + at;
      const T* before = run_.state[k];
      p.state[k] = !first              ? p.state_out[k]
                   : before == nullptr ? nullptr
                                       : before + sample_ * n_ + at;
    }
  }

  const Stage<T>& stage_;
  const StageRun<T>& run_;
  FrameBits& spikes_;
  int64_t sample_, n_;
  T *drive_ = nullptr, *out_ = nullptr;
  std::vector<int32_t> seen_, kept_, listed_;
};

template <class T>
bool walk_all(const Stage<T>& stage, const StageRun<T>& run, FrameBits& spikes) {
  spikes = FrameBits{};
  if (stage.spiking()) {
    spikes.frames = run.frames(), spikes.row = stage.positions * stage.outputs / 8;
    spikes.bits.reset(new uint8_t[static_cast<std::size_t>(spikes.frames * spikes.row)]);
  }
  if (run.batch == 1) return Sample<T>(stage, run, 0, spikes).walk();
  std::atomic<bool> enough{true};
  const auto body = [&](int64_t sample) {
    try {
      if (!Sample<T>(stage, run, sample, spikes).walk()) enough = false;
    } catch (const std::bad_alloc&) {
      enough = false;
    }
  };
  if (run.threads > 1)
    parallel_for(run.batch, body);
  else
    for (int64_t sample = 0; sample < run.batch; ++sample) body(sample);
  return enough;
}

template <class T>
void list_all(const FrameBits& bits, FrameEvents<T>& out) {
  out = FrameEvents<T>{};
  out.index.reserve(static_cast<std::size_t>(count_bits(bits)));
  out.offsets.reserve(static_cast<std::size_t>(bits.frames) + 1);
  for (int64_t f = 0; f < bits.frames; ++f) {
    append(bits.frame(f), bits.row, out.index);
    out.offsets.push_back(static_cast<int64_t>(out.index.size()));
  }
}

template <class Body>
bool guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

bool run_stage(const Stage<float>& stage, const StageRun<float>& run, FrameBits& spikes) noexcept {
  return guarded([&] { return walk_all(stage, run, spikes); });
}
bool run_stage(const Stage<double>& stage, const StageRun<double>& run,
               FrameBits& spikes) noexcept {
  return guarded([&] { return walk_all(stage, run, spikes); });
}

int64_t count_bits(const FrameBits& bits) noexcept {
  int64_t found = 0;
  const int64_t bytes = bits.frames * bits.row;
  for (int64_t b = 0; b < bytes; b += 8)
    found += std::popcount(word_at(bits.bits.get() + b, bytes - b));
  return found;
}

bool list_bits(const FrameBits& bits, FrameEvents<float>& out) noexcept {
  return guarded([&] { return list_all(bits, out), true; });
}
bool list_bits(const FrameBits& bits, FrameEvents<double>& out) noexcept {
  return guarded([&] { return list_all(bits, out), true; });
}

}  // namespace nk
