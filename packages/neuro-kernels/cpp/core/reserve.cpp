#include "neuro_kernels/core/reserve.hpp"

#if defined(__linux__)
#include <fcntl.h>
#endif

namespace nk {

bool reserve_file(int file, int64_t offset, int64_t n) noexcept {
#if defined(__linux__)
  // Not posix_fallocate, which writes zeros where the file system has no such call.
  constexpr int keep_size = 1;  // FALLOC_FL_KEEP_SIZE of linux/falloc.h
  return file >= 0 && offset >= 0 && n > 0 &&
         fallocate(file, keep_size, static_cast<off_t>(offset), static_cast<off_t>(n)) == 0;
#else
  (void)file, (void)offset, (void)n;
  return false;
#endif
}

}  // namespace nk
