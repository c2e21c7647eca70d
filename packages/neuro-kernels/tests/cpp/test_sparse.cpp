#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "neuro_kernels/sparse/conv2d.hpp"
#include "neuro_kernels/sparse/linear.hpp"

namespace {

std::vector<float> sparse_values(size_t n, unsigned seed, bool ones) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& value : x)
    if (random() % 5 == 0) value = ones ? 1.0f : normal(random);
  return x;
}

std::vector<float> packed(const std::vector<float>& weight, int64_t outputs, int64_t inputs) {
  std::vector<float> p(static_cast<size_t>(inputs * nk::packed_outputs<float>(outputs)));
  nk::pack_weight(weight.data(), outputs, inputs, p.data());
  return p;
}

}  // namespace

TEST_CASE("a list holds the columns of what is not zero") {
  const std::vector<float> x{0, 1, 0, 1, 0, 0, 1, 1, 1};
  nk::EventList<float> list;
  CHECK(list.assign(x.data(), 3, 3, 9, 1) == nk::Compressed::done);
  const auto rows = list.view();
  CHECK(std::vector<int64_t>(rows.offsets, rows.offsets + 4) == std::vector<int64_t>{0, 1, 2, 5});
  CHECK(std::vector<int32_t>(rows.index, rows.index + 5) == std::vector<int32_t>{1, 0, 0, 1, 2});
  CHECK(rows.value == nullptr);
  CHECK(list.assign(x.data(), 3, 3, 4, 1) == nk::Compressed::denser);
  CHECK(list.entries() == 0);
}

TEST_CASE("a row of ones adds up the weights in order") {
  for (bool ones : {false, true}) {
    const int64_t rows = 9, inputs = 70, outputs = 150;
    const auto x = sparse_values(static_cast<size_t>(rows * inputs), 1, ones);
    const auto weight = sparse_values(static_cast<size_t>(outputs * inputs), 2, false);
    const auto bias = sparse_values(static_cast<size_t>(outputs), 3, false);
    nk::EventList<float> list;
    REQUIRE(list.assign(x.data(), rows, inputs, rows * inputs, 1) == nk::Compressed::done);
    const auto p = packed(weight, outputs, inputs);
    std::vector<float> out(static_cast<size_t>(rows * outputs));
    nk::linear_forward({list.view(), outputs, p.data(), bias.data(), 0, out.data()}, 1);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t n = 0; n < outputs; ++n) {
        float sum = bias[static_cast<size_t>(n)];
        for (int64_t k = 0; k < inputs; ++k)
          if (const float v = x[static_cast<size_t>(r * inputs + k)]; v != 0)
            sum += weight[static_cast<size_t>(n * inputs + k)] * v;
        CHECK(out[static_cast<size_t>(r * outputs + n)] == sum);
      }
  }
}

TEST_CASE("no row and no entry are no work") {
  const float weight = 2, bias = 3;
  float out[2] = {}, grad = 7;
  nk::EventList<float> list;
  const float zeros[2] = {};
  REQUIRE(list.assign(zeros, 0, 1, 0, 1) == nk::Compressed::done);
  CHECK(nk::linear_weight_grad(list.view(), 1, &weight, &grad, 1));
  CHECK(grad == 0);
  REQUIRE(list.assign(zeros, 2, 1, 0, 1) == nk::Compressed::done);
  const auto p = packed({weight}, 1, 1);
  nk::linear_forward({list.view(), 1, p.data(), &bias, 0, out}, 1);
  CHECK(out[0] == 3);
  CHECK(out[1] == 3);
}

TEST_CASE("a pixel reaches the outputs under the kernel, and only them") {
  const nk::ConvShape s{1, 1, 1, {4, 3, 2, 1, 0, 1}, {5, 2, 3, 2, 0, 1}};
  std::vector<float> x(20), weight{1, 2, 3, 4, 5, 6}, out(6);
  x[1 * 5 + 2] = 1;  // y 1, x 2
  const std::vector<float> expected{6, 4, 3, 1, 0, 0};
  nk::EventList<float> list;
  REQUIRE(list.assign(x.data(), 1, 20, 20, 1) == nk::Compressed::done);
  std::vector<float> p(static_cast<size_t>(nk::packed_conv_size<float>(s)));
  nk::pack_conv_weight(s, weight.data(), p.data());
  CHECK(nk::conv2d_forward(s, list.view(), p.data(), nullptr, out.data(), 1));
  CHECK(out == expected);
  std::vector<float> grad(6);
  CHECK(nk::conv2d_weight_grad(s, list.view(), expected.data(), grad.data(), 1));
  CHECK(grad == std::vector<float>{1, 0, 3, 4, 0, 6});
}
