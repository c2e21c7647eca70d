#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "neuro_kernels/events/background_activity.hpp"
#include "neuro_kernels/events/hot_pixels.hpp"
#include "neuro_kernels/events/in_order.hpp"
#include "neuro_kernels/events/lines.hpp"
#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/events/rate_limit.hpp"
#include "neuro_kernels/events/remap.hpp"
#include "neuro_kernels/events/select.hpp"

TEST_CASE("events outside the frame touch nothing") {
  const int64_t t[] = {0, 1, 2};
  const uint16_t x[] = {0, 3, 65535}, y[] = {65535, 0, 65535};
  const uint8_t p[] = {1, 1, 1};
  const nk::Columns events{t, x, y, p, 3};
  uint32_t counts[6] = {};
  CHECK(nk::count_pixels(events, 3, 2, counts) == 3);
  for (uint32_t count : counts) CHECK(count == 0);
  const uint8_t mask[6] = {1, 1, 1, 1, 1, 1};
  uint8_t keep[3] = {9, 9, 9};
  CHECK(nk::mark_by_pixel(events, 3, 2, mask, keep) == 0);
  std::vector<int64_t> last(static_cast<std::size_t>(nk::background_activity_cells(3, 2)),
                            nk::kNeverFired);
  CHECK(nk::background_activity_kernels().mark(events, 3, 2, 1000, true, last.data(), keep) == 0);
  for (uint8_t flag : keep) CHECK(flag == 0);
  for (int64_t time : last) CHECK(time == nk::kNeverFired);
}

TEST_CASE("events in the corners look at the frame's border without leaving it") {
  const int64_t t[] = {0, 1, 2, 3};
  const uint16_t x[] = {0, 2, 0, 2}, y[] = {0, 0, 1, 1};
  const uint8_t p[] = {1, 1, 1, 1};
  std::vector<int64_t> last(static_cast<std::size_t>(nk::background_activity_cells(3, 2)),
                            nk::kNeverFired);
  uint8_t keep[4];
  CHECK(nk::background_activity_kernels().mark({t, x, y, p, 4}, 3, 2, 1000, false, last.data(),
                                               keep) == 2);
  CHECK(keep[2] == 1);
  CHECK(keep[3] == 1);
}

TEST_CASE("a pixel alone has no neighbour to be compared with") {
  const uint32_t count = 1000000;
  uint8_t keep = 0;
  nk::hot_pixel_mask(&count, 1, 1, 0.5, &keep);
  CHECK(keep == 1);
}

TEST_CASE("selection copies the flagged events in order and stops when there is no more room") {
  const int64_t t[] = {5, 6, 7, 8};
  const uint16_t x[] = {1, 2, 3, 4}, y[] = {4, 3, 2, 1};
  const uint8_t p[] = {0, 1, 0, 1}, keep[] = {0, 1, 255, 1};
  std::vector<int64_t> t2(2);
  std::vector<uint16_t> x2(2), y2(2);
  std::vector<uint8_t> p2(2);
  const nk::MutableColumns out{t2.data(), x2.data(), y2.data(), p2.data(), 2};
  CHECK(nk::select_events({t, x, y, p, 4}, keep, out) == 2);
  CHECK(t2 == std::vector<int64_t>{6, 7});
  CHECK(y2 == std::vector<uint16_t>{3, 2});
}

TEST_CASE("filters of a pixel's past leave what lies outside the frame alone") {
  const int64_t t[] = {0, 1, 2};
  const uint16_t x[] = {0, 3, 65535}, y[] = {65535, 0, 65535};
  const uint8_t p[] = {1, 1, 1};
  const nk::Columns events{t, x, y, p, 3};
  std::vector<int64_t> cells(6, nk::kNewCell);
  uint8_t keep[3] = {9, 9, 9};
  const nk::FlickerRule rule{10, 20, false, 6, 4};
  CHECK(nk::mark_refractory(events, 3, 2, 10, cells.data(), keep) == 0);
  CHECK(nk::mark_bursts(events, 3, 2, nk::Burst::kTrail, 10, cells.data(), keep) == 0);
  CHECK(nk::mark_flicker(events, 3, 2, rule, cells.data(), keep) == 0);
  std::vector<uint32_t> map(6, 0);
  uint16_t x2[3], y2[3];
  CHECK(nk::remap_events(events, 3, 2, map.data(), x2, y2, keep) == 0);
  for (uint8_t flag : keep) CHECK(flag == 0);
  for (int64_t cell : cells) CHECK(cell == nk::kNewCell);
}

TEST_CASE("an open run of a line is told with its length") {
  const uint16_t line[] = {7, 7, 7, 8};
  uint8_t keep[4];
  nk::OpenRun open{};
  CHECK(nk::mark_lines(line, 4, 3, 1, keep, &open) == 1);
  CHECK(keep[0] == 0);
  CHECK(keep[3] == 1);
  CHECK(open.begin == 3);
  CHECK(open.length == 1);
  CHECK(nk::mark_lines(line, 0, 3, 5, keep, &open) == 0);
  CHECK(open.length == 5);
}

TEST_CASE("the rate limit's arithmetic stays within 64 bits") {
  const int64_t t[] = {INT64_MIN + 2, 0, INT64_MAX - 1};
  uint8_t keep[3];
  nk::Bucket bucket{0, nk::kNeverFired};
  CHECK(nk::mark_within_rate(t, 3, 1'000'000'000'000, 1'000'000'000'000, &bucket, keep) == 2);
}

TEST_CASE("events of one time stay in the order in which they came") {
  const int64_t t[] = {7, 5, 7, 5};
  const uint16_t x[] = {1, 2, 3, 4}, y[] = {0, 0, 0, 0};
  const uint8_t p[] = {0, 1, 0, 1};
  std::vector<int64_t> t2(4);
  std::vector<uint16_t> x2(4), y2(4);
  std::vector<uint8_t> p2(4);
  std::vector<uint32_t> places(3, 99);
  nk::put_in_order({t, x, y, p, 4}, 5, 3, places.data(),
                   {t2.data(), x2.data(), y2.data(), p2.data(), 4});
  CHECK(t2 == std::vector<int64_t>{5, 5, 7, 7});
  CHECK(x2 == std::vector<uint16_t>{2, 4, 1, 3});
  CHECK(p2 == std::vector<uint8_t>{1, 1, 0, 0});
}
