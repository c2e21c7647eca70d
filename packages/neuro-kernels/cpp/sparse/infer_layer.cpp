// Event-driven inference of one layer over all frames.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "neuro_kernels/sparse/infer.hpp"

namespace nk {
namespace {

template <class T>
const InferTable<T>& table() noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    return infer_kernels().f32;
  else
    return infer_kernels().f64;
}

constexpr std::size_t kSlack = 16;

// Appends a frame of listed spikes.
template <class T>
void append(const int32_t* index, const T* value, int64_t count, bool ones, FrameEvents<T>& out) {
  if (!ones && out.value.empty()) out.value.assign(out.index.size(), T(1));
  const bool with_values = !ones || !out.value.empty();
  out.index.insert(out.index.end(), index, index + count);
  if (with_values) out.value.insert(out.value.end(), value, value + count);
  out.offsets.push_back(static_cast<int64_t>(out.index.size()));
}

template <class T>
void fill(const Layer<T>& l, int64_t frame, T* drive) {
  const int64_t n = l.positions * l.outputs;
  const auto bytes = static_cast<std::size_t>(n) * sizeof(T);
  if (l.dense != nullptr)
    std::memcpy(drive, l.dense + frame * n, bytes);
  else
    std::memset(drive, 0, bytes);
  if (l.bias != nullptr)
    for (int64_t p = 0; p < l.positions; ++p)
      for (int64_t o = 0; o < l.outputs; ++o) drive[p * l.outputs + o] += l.bias[o];
  for (const Source<T>& s : l.sources) {
    const int64_t from = s.events->offsets[static_cast<std::size_t>(frame)];
    const int64_t count = s.events->offsets[static_cast<std::size_t>(frame) + 1] - from;
    const T* value = s.events->value.empty() ? nullptr : s.events->value.data() + from;
    table<T>().scatter(s.scatter, s.events->index.data() + from, value, count, drive);
  }
}

template <class T>
void run(const Layer<T>& l, FrameEvents<T>& out) {
  const int64_t n = l.positions * l.outputs;
  const auto bytes = static_cast<std::size_t>(n) * sizeof(T);
  const auto room = static_cast<std::size_t>(n) + kSlack;
  std::vector<T> drive(static_cast<std::size_t>(n)), value(room);
  std::vector<int32_t> index(room);
  out = FrameEvents<T>{};
  for (int64_t frame = 0; frame < l.frames; ++frame) {
    if (!l.has_neurons) {
      fill(l, frame, l.drive_out + frame * n);
      continue;
    }
    fill(l, frame, drive.data());
    const int64_t sample = frame % l.batch;
    T* v = l.v + sample * n;
    T* i = l.i == nullptr ? nullptr : l.i + sample * n;
    bool ones = true;
    const int64_t count =
        table<T>().step(l.neurons, drive.data(), v, i, index.data(), value.data(), &ones);
    if (l.neurons.spiking) append(index.data(), value.data(), count, ones, out);
    if (l.v_trace != nullptr) std::memcpy(l.v_trace + frame * n, v, bytes);
    if (l.i_trace != nullptr) std::memcpy(l.i_trace + frame * n, i, bytes);
  }
}

template <class T>
bool guarded(const Layer<T>& l, FrameEvents<T>& out) noexcept {
  try {
    run(l, out);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

}  // namespace

bool infer_layer(const Layer<float>& l, FrameEvents<float>& out) noexcept {
  return guarded(l, out);
}
bool infer_layer(const Layer<double>& l, FrameEvents<double>& out) noexcept {
  return guarded(l, out);
}

}  // namespace nk
