#include "neuro_kernels/codecs/evt4.hpp"

namespace nk {

void evt4_finish(Evt4State& s) noexcept {
  const int64_t missing = s.n_carried + (s.vector != 0 ? 4 : 0);
  if (missing == 0) return;
  s.counts.truncated_bytes += missing;
  s.counts.bytes_skipped += missing;
  if (s.counts.first_problem < 0) s.counts.first_problem = s.counts.bytes_read - missing;
  s.n_carried = 0;
  s.vector = 0;
}

}  // namespace nk
