// Event-driven convolution of one image.
#include "neuro_kernels/sparse/conv2d.hpp"

#include "lanes.hpp"
#include "transpose.hpp"

namespace nk::NK_ISA {
namespace {

// Calls body(weights, sums) for every tap of every entry: offsets into the packed weight and into
// the positions' sums.
template <class Body>
inline void each_tap(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, int64_t padded,
                     const int32_t* index, int64_t count, Body&& body) {
  const int32_t plane = static_cast<int32_t>(s.y.in * s.x.in);
  const int32_t width = static_cast<int32_t>(s.x.in);
  const int64_t group_channels = s.channels / s.groups, position = s.groups * padded;
  for (int64_t e = 0; e < count; ++e) {
    const int32_t channel = index[e] / plane, pixel = index[e] - channel * plane;
    const int32_t y = pixel / width, x = pixel - y * width;
    const int64_t group = s.groups == 1 ? 0 : channel / group_channels * padded;
    for (int32_t i = ty.first[y]; i < ty.first[y + 1]; ++i) {
      const int64_t weights = (channel * s.y.kernel + ty.tap[i]) * s.x.kernel;
      const int64_t sums = ty.out[i] * s.x.out;
      for (int32_t j = tx.first[x]; j < tx.first[x + 1]; ++j)
        body(e, (weights + tx.tap[j]) * padded, (sums + tx.out[j]) * position + group);
    }
  }
}

template <class T>
void forward(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, const int32_t* index,
             const T* value, int64_t count, const T* packed, const T* bias, T* sums,
             T* out) noexcept {
  using L = Lanes<T>;
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t positions = s.y.out * s.x.out, row = s.groups * padded;
  for (int64_t p = 0; p < positions; ++p)
    for (int64_t g = 0; g < s.groups; ++g)
      for (int64_t o = 0; o < padded; ++o)
        sums[p * row + g * padded + o] =
            bias != nullptr && o < outputs ? bias[g * outputs + o] : T(0);
  in_vectors<T>(padded, [&]<int N>(int64_t first) {
    const T* weights = packed + first;
    T* to = sums + first;
    each_tap(s, ty, tx, padded, index, count, [&](int64_t e, int64_t tap, int64_t at) {
      NK_UNROLL for (int i = 0; i < N; ++i) {
        auto sum = L::load(to + at + i * L::n);
        if (value == nullptr)
          L::add(sum, L::load(weights + tap + i * L::n));
        else
          L::add(sum, L::load(weights + tap + i * L::n), L::splat(value[e]));
        L::store(to + at + i * L::n, sum);
      }
    });
  });
  for (int64_t g = 0; g < s.groups; ++g)
    transpose(sums + g * padded, row, positions, outputs, out + g * outputs * positions, positions);
}

template <class T>
void weight_grad(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, const int32_t* index,
                 const T* value, int64_t count, const T* grad_out, T* sums,
                 T* grad_packed) noexcept {
  using L = Lanes<T>;
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t positions = s.y.out * s.x.out, row = s.groups * padded;
  for (int64_t g = 0; g < s.groups; ++g) {
    transpose(grad_out + g * outputs * positions, positions, outputs, positions, sums + g * padded,
              row);
    if (outputs < padded)
      for (int64_t p = 0; p < positions; ++p)
        for (int64_t o = outputs; o < padded; ++o) sums[p * row + g * padded + o] = 0;
  }
  in_vectors<T>(padded, [&]<int N>(int64_t first) {
    const T* from = sums + first;
    T* weights = grad_packed + first;
    each_tap(s, ty, tx, padded, index, count, [&](int64_t e, int64_t tap, int64_t at) {
      NK_UNROLL for (int i = 0; i < N; ++i) {
        auto sum = L::load(weights + tap + i * L::n);
        if (value == nullptr)
          L::add(sum, L::load(from + at + i * L::n));
        else
          L::add(sum, L::load(from + at + i * L::n), L::splat(value[e]));
        L::store(weights + tap + i * L::n, sum);
      }
    });
  });
}

}  // namespace

const ConvKernels conv_kernels{{&forward<float>, &weight_grad<float>},
                               {&forward<double>, &weight_grad<double>}};

}  // namespace nk::NK_ISA
