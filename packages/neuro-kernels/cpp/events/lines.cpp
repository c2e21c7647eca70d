#include "neuro_kernels/events/lines.hpp"

#include <cstring>

namespace nk {

int64_t mark_lines(const uint16_t* line, int64_t n, int64_t limit, int64_t before, uint8_t* keep,
                   OpenRun* open) noexcept {
  int64_t kept = 0, begin = 0;
  *open = {0, before};
  while (begin < n) {
    int64_t end = begin + 1;
    while (end < n && line[end] == line[begin]) ++end;
    const int64_t length = end - begin + before;
    before = 0;
    const bool pass = length <= limit;
    std::memset(keep + begin, pass, static_cast<size_t>(end - begin));
    kept += pass ? end - begin : 0;
    *open = {begin, length};
    begin = end;
  }
  return kept;
}

}  // namespace nk
