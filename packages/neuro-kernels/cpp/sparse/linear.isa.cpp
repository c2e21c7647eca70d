// Products of listed entries with packed weights.
#include "neuro_kernels/sparse/linear.hpp"

#include "lanes.hpp"
#include "transpose.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
constexpr int64_t kBlock = kPackedBytes / static_cast<int64_t>(sizeof(T));

template <class T>
void pack(const T* weight, int64_t outputs, int64_t inputs, int64_t first, int64_t width,
          T* block) noexcept {
  const int64_t real = outputs - first < width ? outputs - first : width;
  transpose(weight + first * inputs, inputs, real, inputs, block, width);
  if (real < width)
    for (int64_t k = 0; k < inputs; ++k)
      for (int64_t n = real; n < width; ++n) block[k * width + n] = 0;
}

template <class T>
void unpack(const T* block, int64_t outputs, int64_t inputs, int64_t first, int64_t width,
            int64_t begin, int64_t end, T* weight) noexcept {
  const int64_t real = outputs - first < width ? outputs - first : width;
  transpose(block + begin * width, width, end - begin, real, weight + first * inputs + begin,
            inputs);
}

template <class T, int N, bool Ones>
inline void forward_row(const int32_t* index, const T* value, int64_t count, const T* weight,
                        int64_t width, const T* start, T* out, int64_t real) {
  using L = Lanes<T>;
  typename L::V sum[N];
  alignas(64) T edge[N * L::n];
  const bool whole = real >= N * L::n;
  if (start != nullptr && !whole) {
    for (int64_t j = 0; j < N * L::n; ++j) edge[j] = j < real ? start[j] : T(0);
    start = edge;
  }
  NK_UNROLL for (int i = 0; i < N; ++i) sum[i] =
      start != nullptr ? L::load(start + i * L::n) : L::splat(T(0));
  for (int64_t e = 0; e < count; ++e) {
    const T* row = weight + index[e] * width;
    if constexpr (Ones) {
      NK_UNROLL for (int i = 0; i < N; ++i) L::add(sum[i], L::load(row + i * L::n));
    } else {
      const auto scale = L::splat(value[e]);
      NK_UNROLL for (int i = 0; i < N; ++i) L::add(sum[i], L::load(row + i * L::n), scale);
    }
  }
  T* to = whole ? out : edge;
  NK_UNROLL for (int i = 0; i < N; ++i) L::store(to + i * L::n, sum[i]);
  if (!whole)
    for (int64_t j = 0; j < real; ++j) out[j] = edge[j];
}

template <class T, bool Ones>
void forward_rows(const LinearForward<T>& p, int64_t begin, int64_t end) {
  const int64_t padded = packed_outputs<T>(p.outputs), inputs = p.x.columns;
  for (int64_t block = 0; block < padded; block += kBlock<T>) {
    const int64_t width = padded - block < kBlock<T> ? padded - block : kBlock<T>;
    const T* weight = p.weight + block * inputs;
    in_vectors<T>(width, [&]<int N>(int64_t first) {
      const int64_t column = block + first;
      for (int64_t r = begin; r < end; ++r) {
        const int64_t from = p.x.offsets[r], count = p.x.offsets[r + 1] - from;
        forward_row<T, N, Ones>(p.x.index + from, Ones ? nullptr : p.x.value + from, count,
                                weight + first, width,
                                p.start == nullptr ? nullptr : p.start + r * p.start_step + column,
                                p.out + r * p.outputs + column, p.outputs - column);
      }
    });
  }
}

template <class T>
void forward(const LinearForward<T>& p, int64_t begin, int64_t end) noexcept {
  p.x.value == nullptr ? forward_rows<T, true>(p, begin, end)
                       : forward_rows<T, false>(p, begin, end);
}

template <class T, int N, bool Ones>
inline void grad_column(const uint16_t* row, const T* value, int64_t count, const T* grad,
                        int64_t width, T* block) {
  using L = Lanes<T>;
  typename L::V sum[N];
  NK_UNROLL for (int i = 0; i < N; ++i) sum[i] = L::load(block + i * L::n);
  for (int64_t e = 0; e < count; ++e) {
    const T* g = grad + row[e] * width;
    if constexpr (Ones) {
      NK_UNROLL for (int i = 0; i < N; ++i) L::add(sum[i], L::load(g + i * L::n));
    } else {
      const auto scale = L::splat(value[e]);
      NK_UNROLL for (int i = 0; i < N; ++i) L::add(sum[i], L::load(g + i * L::n), scale);
    }
  }
  NK_UNROLL for (int i = 0; i < N; ++i) L::store(block + i * L::n, sum[i]);
}

template <class T>
void weight_grad(const ColumnEvents<T>& x, int64_t begin, int64_t end, const T* grad, int64_t width,
                 T* block) noexcept {
  in_vectors<T>(width, [&]<int N>(int64_t first) {
    for (int64_t k = begin; k < end; ++k) {
      const int64_t from = x.offsets[k], count = x.offsets[k + 1] - from;
      if (count == 0) continue;
      T* sums = block + k * width + first;
      if (x.value == nullptr)
        grad_column<T, N, true>(x.row + from, nullptr, count, grad + first, width, sums);
      else
        grad_column<T, N, false>(x.row + from, x.value + from, count, grad + first, width, sums);
    }
  });
}

}  // namespace

const LinearKernels linear_kernels{
    {&pack<float>, &unpack<float>, &forward<float>, &weight_grad<float>},
    {&pack<double>, &unpack<double>, &forward<double>, &weight_grad<double>}};

}  // namespace nk::NK_ISA
