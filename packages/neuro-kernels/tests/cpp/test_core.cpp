#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "neuro_kernels/core/isa.hpp"
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
