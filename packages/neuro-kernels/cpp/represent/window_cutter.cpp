#include "neuro_kernels/represent/window_cutter.hpp"

#include "neuro_kernels/events/order.hpp"

namespace nk {
namespace {

// Events looked at together: many at first, few once the end of the window was seen among them.
constexpr int64_t kMany = 4096, kFew = 64;

int64_t behind(int64_t t) noexcept { return t == INT64_MAX ? t : t + 1; }

}  // namespace

int64_t WindowCutter::window_end() const noexcept {
  if (duration_ == 0 || begin_ > INT64_MAX - duration_) return INT64_MAX;
  return begin_ + duration_;
}

WindowCutter::Cut WindowCutter::next(const int64_t* t, int64_t n) noexcept {
  Cut cut;
  int64_t i = 0;
  for (; !begun_ && i < n; ++i) {
    const int64_t now = t[i] > latest_ ? t[i] : latest_;
    if (now < start_) {
      latest_ = now;
      ++cut.skipped;
      continue;
    }
    begin_ = start_ == INT64_MIN ? now : start_;
    begun_ = true;
    break;
  }
  const bool timed = duration_ != 0;
  int64_t block = kMany;
  while (i < n) {
    const int64_t end = window_end();
    if (n - i >= block && (count_ == 0 || count_ - held_ > block)) {
      const int64_t last = order_kernels().latest(t + i, block);
      const int64_t latest = last > latest_ ? last : latest_;
      if (!timed || latest < end) {
        latest_ = latest;
        cut.taken += block;
        held_ += block;
        i += block;
        continue;
      }
    }
    if (block == kMany) {
      block = kFew;
      continue;
    }
    const int64_t now = t[i] > latest_ ? t[i] : latest_;
    if (timed && now >= end) {
      cut.closes = true;
      cut.begin = begin_;
      cut.end = begin_ = end;
      held_ = 0;
      return cut;
    }
    latest_ = now;
    ++cut.taken;
    ++held_;
    ++i;
    if (count_ != 0 && held_ == count_) {
      cut.closes = true;
      cut.begin = begin_;
      cut.end = behind(now);
      begin_ = now;
      held_ = 0;
      return cut;
    }
  }
  return cut;
}

WindowCutter::Cut WindowCutter::finish() noexcept {
  Cut cut;
  if (held_ == 0) return cut;
  cut.closes = true;
  cut.begin = begin_;
  cut.end = duration_ != 0 ? window_end() : behind(latest_);
  held_ = 0;
  return cut;
}

}  // namespace nk
