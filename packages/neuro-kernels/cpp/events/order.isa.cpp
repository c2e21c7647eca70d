#include "neuro_kernels/events/order.hpp"

namespace nk::NK_ISA {
namespace {

bool is_sorted(const int64_t* t, int64_t n) noexcept {
  // Blocks without an exit inside are vectorised; the exit between them finds disorder early.
  constexpr int64_t block = 1024;
  for (int64_t start = 0; start < n - 1; start += block) {
    const int64_t end = start + block < n - 1 ? start + block : n - 1;
    int64_t back = 0;
    for (int64_t i = start; i < end; ++i) back |= t[i + 1] < t[i];
    if (back) return false;
  }
  return true;
}

TimeRange range(const int64_t* t, int64_t n) noexcept {
  int64_t first = t[0], last = t[0];
  for (int64_t i = 1; i < n; ++i) {
    first = t[i] < first ? t[i] : first;
    last = t[i] > last ? t[i] : last;
  }
  return {first, last};
}

int64_t latest(const int64_t* t, int64_t n) noexcept {
  int64_t last = t[0];
  for (int64_t i = 1; i < n; ++i) last = t[i] > last ? t[i] : last;
  return last;
}

}  // namespace

const OrderKernels order_kernels{is_sorted, range, latest};

}  // namespace nk::NK_ISA
