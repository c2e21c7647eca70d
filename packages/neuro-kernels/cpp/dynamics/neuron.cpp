#include "neuro_kernels/dynamics/neuron.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>

#include "huge_pages.hpp"
#include "neuro_kernels/core/pool.hpp"

namespace nk {
namespace {

// Below this many neuron updates a second thread costs more than it saves.
constexpr int64_t kUpdatesPerThread = 32768;
// The replay of a chunk should stay in the second-level cache.
constexpr int64_t kReplayBytes = 512 * 1024;

// Outputs from this size on leave the cache before anyone reads them.
constexpr size_t kStreamBytes = size_t{8} << 20;
constexpr size_t kLineBytes = 64;

// Whether to write all of `data`, rows of `columns` values, past the cache: in whole lines.
template <class T>
bool streamed(const T* data, size_t bytes, int64_t columns) noexcept {
  return bytes >= kStreamBytes && reinterpret_cast<uintptr_t>(data) % kLineBytes == 0 &&
         static_cast<size_t>(columns) * sizeof(T) % kLineBytes == 0;
}

struct Free {
  void operator()(void* p) const noexcept { std::free(p); }
};

// Memory for the replay, kept by each thread between calls.
void* scratch(size_t bytes) noexcept {
  thread_local std::unique_ptr<void, Free> memory;
  thread_local size_t size = 0;
  if (size < bytes) {
    memory.reset(std::malloc(bytes));
    size = memory ? bytes : 0;
  }
  return memory.get();
}

int useful_threads(int64_t steps, int64_t columns, int threads) noexcept {
  const int64_t most = std::max<int64_t>(1, steps * columns / kUpdatesPerThread);
  return static_cast<int>(std::min<int64_t>(std::min(threads, num_threads()), most));
}

// Long runs of memory are fastest; with several threads there must be work for all of them.
int64_t chunk_size(int64_t columns, int threads, int64_t most) noexcept {
  int64_t chunk = std::min(kNeuronChunk, most);
  while (threads > 1 && chunk > 64 && columns < 4 * threads * chunk) chunk /= 2;
  return chunk;
}

template <class Body>
void each_chunk(int64_t columns, int64_t chunk, int threads, Body&& body) noexcept {
  const int64_t count = (columns + chunk - 1) / chunk;
  auto run = [&](int64_t index) {
    const int64_t begin = index * chunk;
    body(begin, std::min(chunk, columns - begin));
  };
  if (threads > 1)
    parallel_for(count, run);
  else
    for (int64_t index = 0; index < count; ++index) run(index);
}

template <class T, class Run>
void forward(const NeuronKernels& k, NeuronForward<T> p, int threads, Run run) noexcept {
  const size_t bytes = static_cast<size_t>(p.steps * p.columns) * sizeof(T);
  advise_huge_pages(p.out, bytes);
  p.stream = streamed(p.out, bytes, p.columns);
  if (p.saved != nullptr) advise_huge_pages(p.saved, bytes * static_cast<size_t>(k.tape_input));
  threads = useful_threads(p.steps, p.columns, threads);
  each_chunk(p.columns, chunk_size(p.columns, threads, kNeuronChunk), threads,
             [&](int64_t begin, int64_t n) { run(p, begin, n); });
}

template <class T, class Run>
bool backward(const NeuronKernels& k, NeuronBackward<T> p, int threads, Run run) noexcept {
  const size_t bytes = static_cast<size_t>(p.steps * p.columns) * sizeof(T);
  advise_huge_pages(p.grad_x, bytes);
  p.stream = streamed(p.grad_x, bytes, p.columns);
  threads = useful_threads(p.steps, p.columns, threads);
  const bool learn = p.grad_coefficients != nullptr;
  const int64_t tape = learn ? k.tape_learn : (p.saved != nullptr ? 0 : k.tape_input);
  int64_t most = kNeuronChunk;
  const int64_t column_bytes = p.steps * tape * static_cast<int64_t>(sizeof(T));
  while (most > 64 && most * column_bytes > kReplayBytes) most /= 2;
  const int64_t chunk = std::min(chunk_size(p.columns, threads, most), p.columns);
  std::atomic<bool> enough{true};
  each_chunk(p.columns, chunk, threads, [&](int64_t begin, int64_t n) {
    T* memory = nullptr;
    if (column_bytes > 0) {
      memory = static_cast<T*>(scratch(static_cast<size_t>(n * column_bytes)));
      if (memory == nullptr) {
        enough = false;
        return;
      }
    }
    run(p, begin, n, memory);
  });
  return enough;
}

}  // namespace

const NeuronKernels* neuron(int index) noexcept {
  using Table = const NeuronKernels& (*)() noexcept;
  static constexpr Table tables[] = {lif_kernels,
                                     lif_box_kernels,
                                     iaf_kernels,
                                     li_kernels,
                                     li_box_kernels,
                                     cuba_lif_kernels,
                                     cuba_li_kernels,
                                     lif_ex_kernels,
                                     lif_adex_kernels,
                                     lsnn_kernels,
                                     ada_lif_kernels,
                                     lif_refrac_kernels,
                                     lif_adex_refrac_kernels};
  constexpr int count = sizeof tables / sizeof *tables;
  return index >= 0 && index < count ? &tables[index]() : nullptr;
}

void neuron_forward(const NeuronKernels& k, const NeuronForward<float>& p, int threads) noexcept {
  forward(k, p, threads, k.forward32);
}
void neuron_forward(const NeuronKernels& k, const NeuronForward<double>& p, int threads) noexcept {
  forward(k, p, threads, k.forward64);
}
bool neuron_backward(const NeuronKernels& k, const NeuronBackward<float>& p, int threads) noexcept {
  return backward(k, p, threads, k.backward32);
}
bool neuron_backward(const NeuronKernels& k, const NeuronBackward<double>& p,
                     int threads) noexcept {
  return backward(k, p, threads, k.backward64);
}

}  // namespace nk
