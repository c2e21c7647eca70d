// A stage over all steps: the samples are independent, and each walks through blocks of steps that
// stay in the second-level cache.
#include "neuro_kernels/sparse/stage.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>

#include "neuro_kernels/core/pool.hpp"
#include "scratch.hpp"

namespace nk {
namespace {

// The drive of a block of steps, a part of a second-level cache.
constexpr int64_t kBlockBytes = 224 * 1024;
constexpr int64_t kSlack = 16;

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

// One sample of a run: its spikes step after step.
template <class T>
class Sample {
 public:
  Sample(const Stage<T>& stage, const StageRun<T>& run, int64_t sample)
      : stage_(stage), run_(run), sample_(sample), n_(stage.positions * stage.outputs) {}

  bool walk(FrameEvents<T>& spikes) {
    const int64_t steps = run_.events->frames() / run_.batch;
    const int64_t per_step = n_ * static_cast<int64_t>(sizeof(T));
    const int64_t block = std::clamp<int64_t>(kBlockBytes / std::max<int64_t>(per_step, 1), 1,
                                              std::max<int64_t>(steps, 1));
    drive_ = scratch<T, 10>((block + 1) * n_);
    out_ = scratch<T, 11>(block * std::min(n_, kNeuronChunk));
    index_ = scratch<int32_t, 12>(block * (n_ + kSlack));
    if (drive_ == nullptr || out_ == nullptr || index_ == nullptr) return false;
    if (stage_.once > 0) seen_.assign(static_cast<std::size_t>(stage_.once), -1);
    counts_.resize(static_cast<std::size_t>(block));
    // The drive without any event: in all steps of a block, and once more to restore it from.
    quiet_ = drive_ + block * n_;
    table<T>().fill(drive_, stage_.bias, (block + 1) * stage_.positions, stage_.outputs);
    spikes.offsets.reserve(static_cast<std::size_t>(steps) + 1);
    bool first = true;
    for (int64_t begin = 0; first || begin < steps; begin += block, first = false)
      walk_block(begin, std::min(block, steps - begin), first, spikes);
    return true;
  }

 private:
  void walk_block(int64_t begin, int64_t steps, bool first, FrameEvents<T>& spikes) {
    for (int64_t t = 0; t < steps; ++t) add(frame(begin + t), drive_ + t * n_);
    if (stage_.model == nullptr) {
      for (int64_t t = 0; t < steps; ++t) give(begin + t, 0, drive_ + t * n_, n_);
      if (begin + steps < run_.events->frames() / run_.batch)
        table<T>().fill(drive_, stage_.bias, steps * stage_.positions, stage_.outputs);
      return;
    }
    std::fill(counts_.begin(), counts_.end(), 0);
    for (int64_t at = 0; at < n_; at += kNeuronChunk)
      advance(begin, steps, at, std::min(kNeuronChunk, n_ - at), first);
    if (stage_.model->surrogates == 0) return;
    for (int64_t t = 0; t < steps; ++t) append(t, spikes);
  }

  int64_t frame(int64_t step) const noexcept { return step * run_.batch + sample_; }

  void add(int64_t frame, T* drive) {
    const FrameEvents<T>& events = *run_.events;
    const auto from = static_cast<std::size_t>(events.offsets[static_cast<std::size_t>(frame)]);
    const int64_t count =
        events.offsets[static_cast<std::size_t>(frame) + 1] - static_cast<int64_t>(from);
    const int32_t* index = events.index.data() + from;
    const T* value = events.value.empty() ? nullptr : events.value.data() + from;
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

  // One chunk of neurons through the steps of a block, its outputs listed while they are in the
  // first-level cache.
  void advance(int64_t begin, int64_t steps, int64_t at, int64_t n, bool first) {
    NeuronForward<T> p{};
    p.steps = steps, p.columns = n, p.neurons = stage_.per_neuron ? n_ : 1;
    p.x = drive_ + at, p.x_step = n_;
    p.coefficients = stage_.coefficients + (stage_.per_neuron ? at : 0);
    p.per_neuron = stage_.per_neuron, p.subtract = stage_.subtract;
    for (int k = 0; k < stage_.model->states; ++k) {
      p.state_out[k] = run_.state_out[k] + sample_ * n_ + at;
      const T* before = run_.state[k];
      p.state[k] = !first              ? p.state_out[k]
                   : before == nullptr ? nullptr
                                       : before + sample_ * n_ + at;
    }
    p.out = out_;
    p.used = drive_ + at, p.refill = quiet_ + at;
    run_model(*stage_.model, p, n);
    for (int64_t t = 0; t < steps; ++t) {
      if (stage_.model->surrogates == 0) {
        give(begin + t, at, out_ + t * n, n);
        continue;
      }
      int64_t& count = counts_[static_cast<std::size_t>(t)];
      count += table<T>().list(out_ + t * n, at, n, index_ + t * (n_ + kSlack) + count);
    }
  }

  void give(int64_t step, int64_t at, const T* from, int64_t n) noexcept {
    if (run_.out != nullptr)
      std::memcpy(run_.out + frame(step) * n_ + at, from, static_cast<std::size_t>(n) * sizeof(T));
  }

  // Neurons of the padding may fire by themselves, and are nobody's.
  void append(int64_t t, FrameEvents<T>& spikes) {
    const int32_t* from = index_ + t * (n_ + kSlack);
    const int64_t count = counts_[static_cast<std::size_t>(t)];
    if (stage_.channels == stage_.outputs) {
      spikes.index.insert(spikes.index.end(), from, from + count);
    } else {
      for (int64_t e = 0; e < count; ++e)
        if (from[e] % stage_.outputs < stage_.channels) spikes.index.push_back(from[e]);
    }
    spikes.offsets.push_back(static_cast<int64_t>(spikes.index.size()));
  }

  const Stage<T>& stage_;
  const StageRun<T>& run_;
  int64_t sample_, n_;
  T *drive_ = nullptr, *quiet_ = nullptr, *out_ = nullptr;
  int32_t* index_ = nullptr;
  std::vector<int32_t> seen_, kept_;
  std::vector<int64_t> counts_;
};

template <class T>
void interleave(const std::vector<FrameEvents<T>>& samples, int64_t steps, FrameEvents<T>& out) {
  std::size_t total = 0;
  for (const auto& one : samples) total += one.index.size();
  out.index.reserve(total);
  out.offsets.reserve(samples.size() * static_cast<std::size_t>(steps) + 1);
  for (std::size_t t = 0; t < static_cast<std::size_t>(steps); ++t)
    for (const auto& one : samples) {
      out.index.insert(out.index.end(), one.index.begin() + one.offsets[t],
                       one.index.begin() + one.offsets[t + 1]);
      out.offsets.push_back(static_cast<int64_t>(out.index.size()));
    }
}

template <class T>
bool walk_all(const Stage<T>& stage, const StageRun<T>& run, FrameEvents<T>& spikes) {
  spikes = FrameEvents<T>{};
  if (run.batch == 1) return Sample<T>(stage, run, 0).walk(spikes);
  std::vector<FrameEvents<T>> samples(static_cast<std::size_t>(run.batch));
  std::atomic<bool> enough{true};
  const auto body = [&](int64_t sample) {
    try {
      if (!Sample<T>(stage, run, sample).walk(samples[static_cast<std::size_t>(sample)]))
        enough = false;
    } catch (const std::bad_alloc&) {
      enough = false;
    }
  };
  if (run.threads > 1)
    parallel_for(run.batch, body);
  else
    for (int64_t sample = 0; sample < run.batch; ++sample) body(sample);
  if (!enough) return false;
  if (stage.model != nullptr && stage.model->surrogates > 0)
    interleave(samples, run.events->frames() / run.batch, spikes);
  return true;
}

template <class T>
bool guarded(const Stage<T>& stage, const StageRun<T>& run, FrameEvents<T>& spikes) noexcept {
  try {
    return walk_all(stage, run, spikes);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

bool run_stage(const Stage<float>& stage, const StageRun<float>& run,
               FrameEvents<float>& spikes) noexcept {
  return guarded(stage, run, spikes);
}
bool run_stage(const Stage<double>& stage, const StageRun<double>& run,
               FrameEvents<double>& spikes) noexcept {
  return guarded(stage, run, spikes);
}

}  // namespace nk
