#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/core/pages.hpp"
#include "neuro_kernels/core/pool.hpp"

TEST_CASE("the environment chooses the instruction set, never above the processor's") {
  CHECK(nk::isa() <= nk::best_isa());
  if (const char* wish = std::getenv("NEURO_KERNELS_ISA"))
    if (nk::isa() != nk::best_isa()) CHECK(std::string(wish) == nk::isa_name(nk::isa()));
}

TEST_CASE("parallel_for visits each index once at any number of threads") {
  for (int threads : {1, 2, 5}) {
    nk::set_num_threads(threads);
    for (int64_t count : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
      nk::parallel_for(count, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
      for (auto& n : seen) CHECK(n == 1);
    }
  }
  nk::set_num_threads(2);
}

TEST_CASE("parallel_for takes a named body, changeable or not") {
  std::atomic<int> sum{0};
  auto add = [&](int64_t i) { sum += static_cast<int>(i); };
  const auto take = [&](int64_t i) { sum -= static_cast<int>(i); };
  nk::parallel_for(10, add);
  CHECK(sum == 45);
  nk::parallel_for(10, take);
  CHECK(sum == 0);
}

TEST_CASE("parallel_for inside parallel_for runs serially and completely") {
  std::atomic<int> sum{0};
  nk::parallel_for(4, [&](int64_t) { nk::parallel_for(5, [&](int64_t) { ++sum; }); });
  CHECK(sum == 20);
}

TEST_CASE("memory that was given back is used again, and other sizes are not") {
  int64_t granted = 0, other = 0;
  auto* const first = static_cast<uint8_t*>(nk::pages_get(5 << 20, &granted));
  REQUIRE(first != nullptr);
  CHECK(granted >= 5 << 20);
  for (int64_t i = 0; i < granted; i += 4096) first[i] = 1;
  const int64_t before = nk::pages_waiting();
  nk::pages_put(first, granted);
  if (nk::pages_waiting() > before) {  // where the system can be told that it may take it
    void* const large = nk::pages_get(64 << 20, &other);
    CHECK(large != first);
    void* const again = nk::pages_get(4 << 20, &granted);
    CHECK(again == first);
    CHECK(nk::pages_waiting() == before);
    nk::pages_put(again, granted);
    nk::pages_put(large, other);
  }
  CHECK(nk::pages_get(0, &granted) == nullptr);
  CHECK(nk::pages_get(INT64_MAX, &granted) == nullptr);
  // More blocks than are kept: the oldest go.
  void* blocks[20];
  int64_t sizes[20];
  for (int i = 0; i < 20; ++i) blocks[i] = nk::pages_get((i + 1) * (2 << 20), &sizes[i]);
  for (int i = 0; i < 20; ++i) nk::pages_put(blocks[i], sizes[i]);
  CHECK(nk::pages_waiting() <= 1 << 30);
}
