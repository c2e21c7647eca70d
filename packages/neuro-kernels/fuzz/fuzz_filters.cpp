// Filters: whatever the events, nothing is touched outside the state, and the number of kept events
// is the number of flags.
#include "events_of.hpp"
#include "neuro_kernels/events/background_activity.hpp"
#include "neuro_kernels/events/hot_pixels.hpp"
#include "neuro_kernels/events/select.hpp"

namespace {

void check_selection(const nk::Columns& events, const std::vector<uint8_t>& keep, int64_t kept) {
  int64_t flags = 0;
  for (uint8_t flag : keep) flags += flag;
  nk::fuzz::require(flags == kept);
  const auto n = static_cast<size_t>(kept);
  std::vector<int64_t> t(n);
  std::vector<uint16_t> x(n), y(n);
  std::vector<uint8_t> p(n);
  nk::fuzz::require(nk::select_events(events, keep.data(),
                                      {t.data(), x.data(), y.data(), p.data(), kept}) == kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nk::fuzz::Bytes bytes(data, size);
  const int64_t width = 1 + bytes.take<uint8_t>() % 20, height = 1 + bytes.take<uint8_t>() % 20;
  const int64_t window = bytes.take<uint16_t>();
  const bool itself = bytes.take<uint8_t>() & 1;
  const nk::fuzz::Events all(bytes);
  const nk::Columns events = all.columns();
  std::vector<uint8_t> keep(all.t.size());
  const auto cells = static_cast<size_t>(width * height);

  std::vector<uint32_t> counts(cells);
  std::vector<uint8_t> mask(cells);
  nk::count_pixels(events, width, height, counts.data());
  nk::hot_pixel_mask(counts.data(), width, height, 3.0, mask.data());
  check_selection(events, keep, nk::mark_by_pixel(events, width, height, mask.data(), keep.data()));

  std::vector<int64_t> last(static_cast<size_t>(nk::background_activity_cells(width, height)),
                            nk::kNeverFired);
  check_selection(events, keep,
                  nk::background_activity_kernels().mark(events, width, height, window, itself,
                                                         last.data(), keep.data()));
  return 0;
}
