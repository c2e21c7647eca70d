#include "neuro_kernels/core/pages.hpp"

#include <cstdlib>
#include <mutex>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace nk {
namespace {

constexpr int64_t kHuge = int64_t{2} << 20;
constexpr int kBlocks = 16;
constexpr int64_t kMost = int64_t{1} << 30;  // bytes that may wait

struct Block {
  void* data = nullptr;
  int64_t bytes = 0;
};

struct Waiting {
  std::mutex turn;
  Block blocks[kBlocks];
  int64_t bytes = 0;
};

// Never destroyed: arrays may be given back while the process ends.
Waiting& waiting() noexcept {
  static Waiting* const one = new Waiting;
  return *one;
}

void* allocate(int64_t bytes) noexcept {
#if defined(__linux__)
  // Aligned by hand, so that the first and last page are huge as well.
  const auto room = static_cast<size_t>(bytes + kHuge);
  void* const raw = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(raw);
  const auto aligned = (begin + kHuge - 1) / kHuge * kHuge;
  if (aligned > begin) munmap(raw, aligned - begin);
  const uintptr_t end = aligned + static_cast<uintptr_t>(bytes);
  if (begin + room > end) munmap(reinterpret_cast<void*>(end), begin + room - end);
  void* const data = reinterpret_cast<void*>(aligned);
  madvise(data, static_cast<size_t>(bytes), MADV_HUGEPAGE);
  return data;
#else
  return std::malloc(static_cast<size_t>(bytes));
#endif
}

void release(const Block& block) noexcept {
#if defined(__linux__)
  munmap(block.data, static_cast<size_t>(block.bytes));
#else
  std::free(block.data);
#endif
}

// Whether the system may take the memory back while it waits.
bool lend(const Block& block) noexcept {
#if defined(__linux__) && defined(MADV_FREE)
  return madvise(block.data, static_cast<size_t>(block.bytes), MADV_FREE) == 0;
#else
  (void)block;
  return false;
#endif
}

}  // namespace

void* pages_get(int64_t bytes, int64_t* granted) noexcept {
  if (bytes < 1 || bytes > INT64_MAX - 2 * kHuge) return nullptr;
  bytes = (bytes + kHuge - 1) / kHuge * kHuge;
  Waiting& w = waiting();
  {
    const std::lock_guard lock(w.turn);
    Block* best = nullptr;
    for (Block& block : w.blocks)
      // A much larger block would keep memory that nobody uses.
      if (block.bytes >= bytes && block.bytes <= 2 * bytes &&
          (best == nullptr || block.bytes < best->bytes))
        best = &block;
    if (best != nullptr) {
      void* const data = best->data;
      *granted = best->bytes;
      w.bytes -= best->bytes;
      *best = {};
      return data;
    }
  }
  *granted = bytes;
  return allocate(bytes);
}

void pages_put(void* data, int64_t granted) noexcept {
  const Block block{data, granted};
  if (data == nullptr) return;
  if (granted > kMost || !lend(block)) return release(block);
  Waiting& w = waiting();
  const std::lock_guard lock(w.turn);
  for (Block& place : w.blocks) {
    if (w.bytes + granted > kMost && place.data != nullptr) {
      w.bytes -= place.bytes;
      release(place);
      place = {};
    }
  }
  for (Block& place : w.blocks) {
    if (place.data != nullptr) continue;
    place = block;
    w.bytes += granted;
    return;
  }
  w.bytes += granted - w.blocks[0].bytes;
  release(w.blocks[0]);
  w.blocks[0] = block;
}

int64_t pages_waiting() noexcept {
  Waiting& w = waiting();
  const std::lock_guard lock(w.turn);
  return w.bytes;
}

}  // namespace nk
