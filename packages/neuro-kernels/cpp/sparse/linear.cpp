#include "neuro_kernels/sparse/linear.hpp"

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "neuro_kernels/core/pool.hpp"
#include "scratch.hpp"

namespace nk {
namespace {

// Below this many products a second thread costs more than it saves.
constexpr int64_t kProductsPerThread = 1 << 18;

template <class T>
constexpr int64_t kBlock = kPackedBytes / static_cast<int64_t>(sizeof(T));

template <class T>
const LinearRows<T>& kernels() noexcept;
template <>
const LinearRows<float>& kernels() noexcept {
  return linear_kernels().f32;
}
template <>
const LinearRows<double>& kernels() noexcept {
  return linear_kernels().f64;
}

template <class T>
int useful_threads(const RowEvents<T>& x, int64_t outputs, int threads) noexcept {
  const int64_t most =
      std::max<int64_t>(1, (x.offsets[x.rows] + x.rows) * outputs / kProductsPerThread);
  return static_cast<int>(std::min<int64_t>(std::min(threads, num_threads()), most));
}

template <class Body>
void each(int64_t count, int threads, Body&& body) noexcept {
  if (threads > 1)
    parallel_for(count, body);
  else
    for (int64_t i = 0; i < count; ++i) body(i);
}

template <class T>
int64_t block_width(int64_t outputs, int64_t block) noexcept {
  return std::min(kBlock<T>, packed_outputs<T>(outputs) - block * kBlock<T>);
}

template <class T>
int64_t blocks(int64_t outputs) noexcept {
  return (packed_outputs<T>(outputs) + kBlock<T> - 1) / kBlock<T>;
}

template <class T>
void pack(const T* weight, int64_t outputs, int64_t inputs, T* packed) noexcept {
  for (int64_t b = 0; b < blocks<T>(outputs); ++b)
    kernels<T>().pack(weight, outputs, inputs, b * kBlock<T>, block_width<T>(outputs, b),
                      packed + b * kBlock<T> * inputs);
}

template <class T>
void forward(const LinearForward<T>& p, int threads) noexcept {
  threads = useful_threads(p.x, p.outputs, threads);
  const int64_t chunk =
      threads > 1 ? std::clamp<int64_t>(p.x.rows / (4 * threads), 1, 1024) : p.x.rows;
  if (chunk == 0) return;
  each((p.x.rows + chunk - 1) / chunk, threads,
       [&](int64_t i) { kernels<T>().forward(p, i * chunk, std::min(p.x.rows, (i + 1) * chunk)); });
}

template <class T>
void forward_unpacked(const LinearForward<T>& p) noexcept {
  for (int64_t r = 0; r < p.x.rows; ++r) {
    const int64_t begin = p.x.offsets[r], end = p.x.offsets[r + 1];
    const T* start = p.start == nullptr ? nullptr : p.start + r * p.start_step;
    for (int64_t n = 0; n < p.outputs; ++n) {
      const T* weight = p.weight + n * p.x.columns;
      T sum = start == nullptr ? T(0) : start[n];
      for (int64_t e = begin; e < end; ++e)
        sum += p.x.value == nullptr ? weight[p.x.index[e]] : weight[p.x.index[e]] * p.x.value[e];
      p.out[r * p.outputs + n] = sum;
    }
  }
}

// All entries by column, one block of kGradRows rows after the other.
template <class T>
struct Columns {
  Memory<int32_t> offsets;
  Memory<uint16_t> row;
  Memory<T> value;
};

template <class T>
bool sort_by_column(const RowEvents<T>& x, int threads, Columns<T>& sorted) noexcept {
  const int64_t row_blocks = (x.rows + kGradRows - 1) / kGradRows, entries = x.offsets[x.rows];
  auto allocate = [](auto& memory, int64_t size) {
    using V = std::remove_reference_t<decltype(memory[0])>;
    memory.reset(static_cast<V*>(std::malloc(static_cast<size_t>(size + 1) * sizeof(V))));
    return static_cast<bool>(memory);
  };
  if (!allocate(sorted.offsets, row_blocks * (x.columns + 1)) || !allocate(sorted.row, entries) ||
      (x.value != nullptr && !allocate(sorted.value, entries)))
    return false;
  each(row_blocks, threads, [&](int64_t b) {
    const int64_t begin = b * kGradRows, end = std::min(x.rows, begin + kGradRows);
    const int64_t from = x.offsets[begin], to = x.offsets[end];
    int32_t* offsets = sorted.offsets.get() + b * (x.columns + 1);
    uint16_t* row = sorted.row.get() + from;
    T* value = x.value == nullptr ? nullptr : sorted.value.get() + from;
    // A counting sort: offsets[k + 1] is where the next entry of column k goes, and in the end
    // where column k ends.
    std::fill_n(offsets, x.columns + 1, 0);
    for (int64_t e = from; e < to; ++e)
      if (x.index[e] + 2 <= x.columns) ++offsets[x.index[e] + 2];
    for (int64_t k = 2; k <= x.columns; ++k) offsets[k] += offsets[k - 1];
    for (int64_t r = begin; r < end; ++r)
      for (int64_t e = x.offsets[r]; e < x.offsets[r + 1]; ++e) {
        const int32_t at = offsets[x.index[e] + 1]++;
        row[at] = static_cast<uint16_t>(r - begin);
        if (value != nullptr) value[at] = x.value[e];
      }
  });
  return true;
}

template <class T>
bool weight_grad(const RowEvents<T>& x, int64_t outputs, const T* grad_out, T* grad_weight,
                 int threads) noexcept {
  threads = useful_threads(x, outputs, threads);
  Columns<T> sorted;
  if (!sort_by_column(x, threads, sorted)) return false;
  const int64_t column_blocks = blocks<T>(outputs);
  const int64_t parts = std::max<int64_t>(1, threads / std::max<int64_t>(1, column_blocks));
  std::atomic<bool> enough{true};
  each(column_blocks * parts, threads, [&](int64_t task) {
    const int64_t block = task / parts, part = task % parts;
    const int64_t width = block_width<T>(outputs, block), first = block * kBlock<T>;
    const int64_t begin = x.columns * part / parts, end = x.columns * (part + 1) / parts;
    const int64_t real = std::min(width, outputs - first);
    // The sums, (inputs, width), and the gradients of some rows, (kGradRows, width).
    T* sums = scratch<T, 0>((x.columns + kGradRows) * width);
    if (sums == nullptr) {
      enough = false;
      return;
    }
    T* grad = sums + x.columns * width;
    std::fill_n(sums + begin * width, (end - begin) * width, T(0));
    for (int64_t r0 = 0, b = 0; r0 < x.rows; r0 += kGradRows, ++b) {
      const int64_t rows = std::min(kGradRows, x.rows - r0);
      for (int64_t r = 0; r < rows; ++r) {
        std::copy_n(grad_out + (r0 + r) * outputs + first, real, grad + r * width);
        std::fill_n(grad + r * width + real, width - real, T(0));
      }
      const int64_t from = x.offsets[r0];
      const ColumnEvents<T> columns{sorted.offsets.get() + b * (x.columns + 1),
                                    sorted.row.get() + from,
                                    x.value == nullptr ? nullptr : sorted.value.get() + from};
      kernels<T>().weight_grad(columns, begin, end, grad, width, sums);
    }
    kernels<T>().unpack(sums, outputs, x.columns, first, width, begin, end, grad_weight);
  });
  return enough;
}

}  // namespace

void pack_weight(const float* weight, int64_t outputs, int64_t inputs, float* packed) noexcept {
  pack(weight, outputs, inputs, packed);
}
void pack_weight(const double* weight, int64_t outputs, int64_t inputs, double* packed) noexcept {
  pack(weight, outputs, inputs, packed);
}
void linear_forward(const LinearForward<float>& p, int threads) noexcept { forward(p, threads); }
void linear_forward(const LinearForward<double>& p, int threads) noexcept { forward(p, threads); }
void linear_forward_unpacked(const LinearForward<float>& p) noexcept { forward_unpacked(p); }
void linear_forward_unpacked(const LinearForward<double>& p) noexcept { forward_unpacked(p); }
bool linear_weight_grad(const RowEvents<float>& x, int64_t outputs, const float* grad_out,
                        float* grad_weight, int threads) noexcept {
  return weight_grad(x, outputs, grad_out, grad_weight, threads);
}
bool linear_weight_grad(const RowEvents<double>& x, int64_t outputs, const double* grad_out,
                        double* grad_weight, int threads) noexcept {
  return weight_grad(x, outputs, grad_out, grad_weight, threads);
}

}  // namespace nk
