// Event-driven convolution of one image.
#include "neuro_kernels/sparse/conv2d.hpp"

#include "lanes.hpp"
#include "transpose.hpp"

namespace nk::NK_ISA {
namespace {

// Calls body(entry, weights, sums, length) for every run of weights that an entry adds to sums, or
// the other way round: offsets into the packed weight and the positions' sums, and how many values
// follow each other in both. A run is one tap, or all taps of a row where they follow each other.
template <class Body>
inline void each_run(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, int64_t padded,
                     const int32_t* index, int64_t count, Body&& body) {
  const int32_t plane = static_cast<int32_t>(s.y.in * s.x.in);
  const int32_t width = static_cast<int32_t>(s.x.in);
  const int64_t group_channels = s.channels / s.groups, position = s.groups * padded;
  const bool rows = s.groups == 1 && s.x.stride == 1 && s.x.dilation == 1;
  for (int64_t e = 0; e < count; ++e) {
    const int32_t channel = index[e] / plane, pixel = index[e] - channel * plane;
    const int32_t y = pixel / width, x = pixel - y * width;
    const int64_t group = s.groups == 1 ? 0 : channel / group_channels * padded;
    const int32_t begin = tx.first[x], end = tx.first[x + 1];
    if (begin == end) continue;
    for (int32_t i = ty.first[y]; i < ty.first[y + 1]; ++i) {
      const int64_t weights = (channel * s.y.kernel + ty.tap[i]) * s.x.kernel;
      const int64_t sums = ty.out[i] * s.x.out;
      if (rows) {
        body(e, (weights + tx.tap[begin]) * padded, (sums + tx.out[begin]) * padded,
             (end - begin) * padded);
        continue;
      }
      for (int32_t j = begin; j < end; ++j)
        body(e, (weights + tx.tap[j]) * padded, (sums + tx.out[j]) * position + group, padded);
    }
  }
}

// to += from (times scale), a multiple of the lanes.
template <class T>
inline void add_run(T* to, const T* from, const T* scale, int64_t length) {
  using L = Lanes<T>;
  if (scale == nullptr) {
    for (int64_t i = 0; i < length; i += L::n) {
      auto sum = L::load(to + i);
      L::add(sum, L::load(from + i));
      L::store(to + i, sum);
    }
  } else {
    const auto factor = L::splat(*scale);
    for (int64_t i = 0; i < length; i += L::n) {
      auto sum = L::load(to + i);
      L::add(sum, L::load(from + i), factor);
      L::store(to + i, sum);
    }
  }
}

template <class T>
void forward(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, const int32_t* index,
             const T* value, int64_t count, const T* packed, const T* bias, T* sums,
             T* out) noexcept {
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t positions = s.y.out * s.x.out, row = s.groups * padded;
  if (bias != nullptr) {
    for (int64_t g = 0; g < s.groups; ++g)
      for (int64_t o = 0; o < padded; ++o)
        sums[g * padded + o] = o < outputs ? bias[g * outputs + o] : T(0);
    for (int64_t p = 1; p < positions; ++p)
      for (int64_t o = 0; o < row; ++o) sums[p * row + o] = sums[o];
  } else {
    for (int64_t i = 0; i < positions * row; ++i) sums[i] = 0;
  }
  each_run(s, ty, tx, padded, index, count,
           [&](int64_t e, int64_t weights, int64_t at, int64_t length) {
             add_run(sums + at, packed + weights, value == nullptr ? nullptr : value + e, length);
           });
  for (int64_t g = 0; g < s.groups; ++g)
    transpose(sums + g * padded, row, positions, outputs, out + g * outputs * positions, positions);
}

template <class T>
void weight_grad(const ConvShape& s, const ConvTaps& ty, const ConvTaps& tx, const int32_t* index,
                 const T* value, int64_t count, const T* grad_out, T* sums,
                 T* grad_packed) noexcept {
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t positions = s.y.out * s.x.out, row = s.groups * padded;
  for (int64_t g = 0; g < s.groups; ++g) {
    transpose(grad_out + g * outputs * positions, positions, outputs, positions, sums + g * padded,
              row);
    if (outputs < padded)
      for (int64_t p = 0; p < positions; ++p)
        for (int64_t o = outputs; o < padded; ++o) sums[p * row + g * padded + o] = 0;
  }
  each_run(
      s, ty, tx, padded, index, count, [&](int64_t e, int64_t weights, int64_t at, int64_t length) {
        add_run(grad_packed + weights, sums + at, value == nullptr ? nullptr : value + e, length);
      });
}

}  // namespace

const ConvKernels conv_kernels{{&forward<float>, &weight_grad<float>},
                               {&forward<double>, &weight_grad<double>}};

}  // namespace nk::NK_ISA
