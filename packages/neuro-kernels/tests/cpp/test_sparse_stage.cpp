#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "neuro_kernels/sparse/stage.hpp"

namespace {

// Integrators with a threshold of 1.5 behind weights of 1, one pixel, one channel.
struct Line {
  static constexpr int64_t lanes = nk::infer_padded<double>(1);
  std::vector<double> weight = std::vector<double>(lanes);
  std::vector<double> coefficients{1.0, 1.5, 0.0};  // gain, v_th, v_reset
  std::vector<int32_t> places{0};
  nk::Stage<double> stage{};

  Line() {
    weight[0] = 1.0;
    stage.source = {{1, 0, 1, 1, lanes, {1, 1}, {1, 1}, {0, 0}, {1, 1}, weight.data()},
                    places.data(),
                    0,
                    1,
                    1,
                    {1, 1}};
    stage.positions = 1, stage.channels = 1, stage.outputs = lanes;
    stage.model = nk::neuron(2);
    stage.coefficients = coefficients.data();
  }
};

nk::FrameEvents<double> every_frame(int64_t frames) {
  nk::FrameEvents<double> x;
  for (int64_t f = 1; f <= frames; ++f) {
    x.index.push_back(0);
    x.offsets.push_back(f);
  }
  return x;
}

bool run_listed(const nk::Stage<double>& stage, const nk::StageRun<double>& run,
                nk::FrameEvents<double>& out) {
  nk::FrameBits bits;
  return nk::run_stage(stage, run, bits) && nk::list_bits(bits, out);
}

}  // namespace

TEST_CASE("a stage lists the spikes of its neurons and gives their state") {
  Line line;
  REQUIRE(std::string(line.stage.model->name) == "iaf");
  const auto x = every_frame(3);
  std::vector<double> v(Line::lanes, 9.0);
  nk::StageRun<double> run{};
  run.events = &x, run.batch = 1, run.threads = 1;
  run.state_out[0] = v.data();
  nk::FrameEvents<double> out;
  CHECK(run_listed(line.stage, run, out));
  CHECK(out.offsets == std::vector<int64_t>{0, 0, 1, 1});
  CHECK(out.index == std::vector<int32_t>{0});
  CHECK(v[0] == 1.0);
}

TEST_CASE("samples are independent of each other and of the number of threads") {
  Line line;
  const auto x = every_frame(6);  // 3 steps of 2 samples
  std::vector<double> v(2 * Line::lanes);
  nk::FrameEvents<double> one, two;
  nk::StageRun<double> run{};
  run.events = &x, run.batch = 2, run.state_out[0] = v.data();
  run.threads = 1;
  CHECK(run_listed(line.stage, run, one));
  run.threads = 2;
  CHECK(run_listed(line.stage, run, two));
  CHECK(one.offsets == std::vector<int64_t>{0, 0, 0, 1, 2, 2, 2});
  CHECK(one.offsets == two.offsets);
  CHECK(one.index == two.index);
}

TEST_CASE("no frames leave the state as it was") {
  Line line;
  const nk::FrameEvents<double> x;
  std::vector<double> before(Line::lanes, 0.25), after(Line::lanes);
  nk::StageRun<double> run{};
  run.events = &x, run.batch = 1, run.threads = 1;
  run.state[0] = before.data(), run.state_out[0] = after.data();
  nk::FrameEvents<double> out;
  CHECK(run_listed(line.stage, run, out));
  CHECK(out.frames() == 0);
  CHECK(after == before);
}
