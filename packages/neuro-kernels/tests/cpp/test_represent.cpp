#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "neuro_kernels/represent/accumulate.hpp"
#include "neuro_kernels/represent/count.hpp"
#include "neuro_kernels/represent/decay_surface.hpp"
#include "neuro_kernels/represent/histogram.hpp"
#include "neuro_kernels/represent/voxel_grid.hpp"
#include "neuro_kernels/represent/window_cutter.hpp"

namespace {

// Two events at (1, 0), one outside by x, one outside by y.
const int64_t kT[] = {5, 3, 9, 9};
const uint16_t kX[] = {1, 1, 2, 0}, kY[] = {0, 0, 0, 65535};
const uint8_t kP[] = {1, 1, 0, 1};
const nk::Columns kEvents{kT, kX, kY, kP, 4};

}  // namespace

TEST_CASE("the histogram counts by polarity and leaves out what lies outside") {
  std::vector<float> out(2 * 2 * 3);
  CHECK(nk::histogram(kEvents, 2, 3, out.data()) == 2);
  for (int i = 0; i < 12; ++i) CHECK(out[static_cast<unsigned>(i)] == (i == 7 ? 2.0f : 0.0f));
}

TEST_CASE("the latest time of each pixel and polarity stays") {
  std::vector<int64_t> last(2 * 2 * 3, nk::kNoEvent);
  CHECK(nk::mark_latest(kEvents, 2, 3, last.data()) == 2);
  for (int i = 0; i < 12; ++i) CHECK(last[static_cast<unsigned>(i)] == (i == 7 ? 5 : nk::kNoEvent));
}

TEST_CASE("decay is 1 now and later, 0 never and long ago, and exponential between") {
  std::vector<int64_t> last;
  for (int64_t age = 0; age < 1000; ++age) last.push_back(1000 - age);
  last.insert(last.end(), {1001, nk::kNoEvent, nk::kNoEvent + 1, INT64_MAX});
  std::vector<float> out(last.size());
  nk::decay_kernels().decay(last.data(), static_cast<int64_t>(last.size()), 1000, 100.0,
                            out.data());
  for (unsigned i = 0; i < 1000; ++i) CHECK(out[i] == doctest::Approx(std::exp(-0.01 * i)));
  CHECK(out[1000] == 1.0f);
  CHECK(out[1001] == 0.0f);
  CHECK(out[1002] == 0.0f);
  CHECK(out[1003] == 1.0f);
}

TEST_CASE("a frame of one plane adds weights, and marks once") {
  std::vector<float> out(2 * 3);
  const nk::FrameShape shape{2, 3, 0, 6};
  const float weights[] = {-1.0f, 2.0f};
  CHECK(nk::accumulate_kernels().histogram(kEvents, shape, weights, out.data()) == 2);
  for (int i = 0; i < 6; ++i) CHECK(out[static_cast<unsigned>(i)] == (i == 1 ? 4.0f : 0.0f));
  CHECK(nk::accumulate_kernels().mark(kEvents, shape, out.data()) == 2);
  CHECK(out[1] == 1.0f);
}

TEST_CASE("a voxel grid spreads an event over two bins") {
  const int64_t t[] = {10, 30, 60, 0};
  const uint16_t zero[] = {0, 0, 0, 0};
  const uint8_t on[] = {1, 1, 1, 1};
  std::vector<float> out(3);
  const nk::FrameShape shape{1, 1, 0, 3};
  const nk::VoxelAxis axis{3, 1, 20, 1.0 / 20};
  const float weights[] = {1.0f, 1.0f};
  CHECK(nk::voxel_kernels().voxel_grid({t, zero, zero, on, 4}, shape, axis, weights, out.data()) ==
        0);
  CHECK(out[0] == doctest::Approx(1.0));  // half of 10, half of 30; nothing of 0
  CHECK(out[1] == doctest::Approx(0.5));
  CHECK(out[2] == doctest::Approx(1.0));
  std::vector<float> paired(3), scratch(2);
  CHECK(nk::voxel_kernels().voxel_pairs({t, zero, zero, on, 4}, shape, axis, weights, paired.data(),
                                        scratch.data()) == 0);
  for (unsigned i = 0; i < 3; ++i) CHECK(paired[i] == doctest::Approx(out[i]));
}

TEST_CASE("windows end by time, by number, and at the end of time") {
  const int64_t t[] = {5, 8, 14, 15, 15, 36};
  nk::WindowCutter cutter(10, 3, INT64_MIN);
  auto cut = cutter.next(t, 6);
  CHECK(cut.taken == 3);
  CHECK((cut.closes && cut.begin == 5 && cut.end == 15));
  cut = cutter.next(t + 3, 3);
  CHECK(cut.taken == 2);
  CHECK((cut.closes && cut.begin == 14 && cut.end == 24));
  cut = cutter.next(t + 5, 1);
  CHECK((cut.closes && cut.taken == 0 && cut.end == 34));
  cut = cutter.next(t + 5, 1);
  CHECK((!cut.closes && cut.taken == 1));
  CHECK(cutter.finish().end == 44);
  CHECK(!cutter.finish().closes);
  const int64_t last[] = {INT64_MAX - 1, INT64_MAX};
  nk::WindowCutter end(10, 0, INT64_MIN);
  CHECK(end.next(last, 1).taken == 1);
}

TEST_CASE("counts in bytes keep what passes 255, and start again from 0") {
  std::vector<uint16_t> zeros(600, 0);
  std::vector<int64_t> t(600, 0);
  std::vector<uint8_t> p(600, 1);
  p[0] = 0;
  const nk::Columns events{t.data(), zeros.data(), zeros.data(), p.data(), 600};
  std::vector<uint8_t> counts(2, 0), bytes(2);
  std::vector<uint32_t> wraps(600 / 256 + 1);
  std::vector<float> out(2);
  nk::ByteCounts state{counts.data(), wraps.data(), 0};
  const nk::CountKernels& kernels = nk::count_kernels();
  const auto count = [&] {
    CHECK(kernels.count(events, nk::FrameShape::planes(1, 1), state) == 0);
  };
  count();
  kernels.widen(state, 2, out.data());
  CHECK(out == std::vector<float>{1.0f, 599.0f});
  count();
  kernels.subtract(state, 1, out.data());
  CHECK(out[0] == 598.0f);
  count();
  kernels.keep(state, 2, bytes.data());
  CHECK(bytes == std::vector<uint8_t>{1, 255});
  kernels.mark(state, 2, out.data());
  CHECK(out == std::vector<float>{0.0f, 0.0f});
}
