#include <doctest/doctest.h>

#include <vector>

#include "neuro_kernels/sparse/infer.hpp"

TEST_CASE("lists put pixels before channels and add up again") {
  const std::vector<double> x{0, 1, 0, 2, 0, 0};  // 1 frame, 2 channels, 3 pixels
  nk::FrameEvents<double> list;
  CHECK(nk::infer_list(x.data(), 1, 2, 3, list));
  CHECK(list.index == std::vector<int32_t>{2, 1});
  CHECK(list.value == std::vector<double>{1, 2});
  std::vector<double> back(6);
  nk::infer_dense(list, 2, 2, 3, back.data());
  CHECK(back == x);
}

TEST_CASE("overlapping windows each get an entry") {
  nk::FrameEvents<float> x, out;
  x.index = {2};  // pixel (0, 2) of a row of 4
  x.offsets = {0, 1};
  const nk::PoolShape shape{1, 4, 1, 3, {1, 2}, {1, 1}, {0, 0}};
  CHECK(nk::infer_pool(x, shape, 1.0f, out));
  CHECK(out.index == std::vector<int32_t>{2, 1});
  CHECK(out.value.empty());
}

TEST_CASE("a neuron that is driven over its threshold is listed and reset") {
  constexpr int64_t lanes = nk::infer_padded<double>(1);
  std::vector<double> weight(lanes), v(lanes), k(lanes, 1.0), zero(lanes);
  std::vector<double> threshold(lanes, 1.5);
  weight[0] = 1.0;
  nk::FrameEvents<double> x, out;
  for (int frame = 0; frame < 4; ++frame) {
    x.index.push_back(0);
    x.offsets.push_back(frame + 1);
  }
  nk::Layer<double> layer{};
  layer.frames = 4, layer.batch = 1, layer.positions = 1, layer.outputs = lanes;
  layer.sources.push_back({{1, 0, 1, 1, lanes, {1, 1}, {1, 1}, {0, 0}, {1, 1}, weight.data()}, &x});
  layer.has_neurons = true;
  layer.neurons = {lanes,
                   false,
                   false,
                   true,
                   nk::Integrate::line,
                   nk::Reset::value,
                   false,
                   false,
                   false,
                   false,
                   k.data(),
                   zero.data(),
                   zero.data(),
                   zero.data(),
                   zero.data(),
                   zero.data(),
                   zero.data(),
                   zero.data(),
                   threshold.data(),
                   zero.data()};
  layer.v = v.data();
  CHECK(nk::infer_layer(layer, out));
  CHECK(out.offsets == std::vector<int64_t>{0, 0, 1, 1, 2});
  CHECK(v[0] == 0);
}
