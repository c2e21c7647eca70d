// Room on the disk for a file that is being written.
#pragma once

#include <cstdint>

namespace nk {

// Asks the file system for the blocks of bytes [offset, offset + n) of an open file at once, which
// costs less than one by one while they are written. The size of the file stays; blocks behind its
// end go when it is truncated. False where the system or the file system cannot, or has no room:
// writing goes on as without it.
bool reserve_file(int file, int64_t offset, int64_t n) noexcept;

}  // namespace nk
