#include "neuro_kernels/events/rate_limit.hpp"

#include "neuro_kernels/events/background_activity.hpp"

namespace nk {

int64_t mark_within_rate(const int64_t* t, int64_t n, int64_t rate_hz, int64_t burst,
                         Bucket* bucket, uint8_t* keep) noexcept {
  constexpr int64_t kCost = 1'000'000;
  const int64_t full = burst * kCost;
  const int64_t longest = full / rate_hz + 1;  // after so many microseconds the bucket is full
  int64_t credit = bucket->credit, last = bucket->t, kept = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (last == kNeverFired) last = t[i];
    if (t[i] > last) {
      const uint64_t gap = static_cast<uint64_t>(t[i]) - static_cast<uint64_t>(last);
      const bool short_gap = gap < static_cast<uint64_t>(longest);
      credit += short_gap ? static_cast<int64_t>(gap) * rate_hz : full;
      credit = credit < full ? credit : full;
      last = t[i];
    }
    const bool pass = credit >= kCost;
    credit -= pass ? kCost : 0;
    keep[i] = pass;
    kept += pass;
  }
  *bucket = {credit, last};
  return kept;
}

}  // namespace nk
