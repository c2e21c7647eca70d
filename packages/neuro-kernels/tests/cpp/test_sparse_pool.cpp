#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "neuro_kernels/sparse/pool2d.hpp"

TEST_CASE("windows are averaged, and what fills none is left out") {
  const std::vector<float> x{1, 3, 9, 5, 7, 9, 8, 8, 8};
  float out = 0;
  nk::mean_pool({3, 3, 2, 2}, 1, x.data(), &out, 1);
  CHECK(out == 4.0f);
}

TEST_CASE("every value of a window gets its share of the gradient") {
  const double grad = 4;
  std::vector<double> to_x(9, -1);
  nk::mean_pool_backward({3, 3, 2, 2}, 1, &grad, to_x.data(), 1);
  CHECK(to_x == std::vector<double>{1, 1, 0, 1, 1, 0, 0, 0, 0});
}

TEST_CASE("planes are pooled one after the other, on any number of threads") {
  const int64_t planes = 200, size = 40;
  std::vector<float> x(static_cast<std::size_t>(planes * size * size));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17);
  std::vector<float> one(static_cast<std::size_t>(planes * 130)), two(one.size());
  nk::mean_pool({size, size, 3, 4}, planes, x.data(), one.data(), 1);
  nk::mean_pool({size, size, 3, 4}, planes, x.data(), two.data(), 2);
  CHECK(one == two);
}
