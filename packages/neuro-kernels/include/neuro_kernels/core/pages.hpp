// Memory for large arrays, kept for the next one.
#pragma once

#include <cstdint>

namespace nk {

// Fresh memory costs more than decoding into it: the system clears every page on its first use.
// Memory given back with `pages_put` is therefore kept for `pages_get`, and marked as the system's
// to take whenever it needs any (MADV_FREE): it is lent, not held.

// At least `bytes` of memory that holds anything, in pages of 2 MiB where the system has them; null
// when there is none. `*granted` is the size to give back.
void* pages_get(int64_t bytes, int64_t* granted) noexcept;

void pages_put(void* data, int64_t granted) noexcept;

// Bytes that wait for the next `pages_get`.
int64_t pages_waiting() noexcept;

}  // namespace nk
