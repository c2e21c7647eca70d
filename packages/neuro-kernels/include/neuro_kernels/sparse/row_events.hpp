// The nonzero entries of the rows of a matrix, which the event-driven kernels work through.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

template <class T>
struct RowEvents {
  int64_t rows, columns;
  const int64_t* offsets;  // (rows + 1): entries [offsets[r], offsets[r + 1]) belong to row r
  const int32_t* index;    // column of each entry, ascending within a row
  const T* value;          // null: every entry is 1
};

struct FreeMemory {
  void operator()(void* p) const noexcept { std::free(p); }
};
template <class T>
using Memory = std::unique_ptr<T[], FreeMemory>;

enum class Compressed : int { done = 0, denser = 1, no_memory = 2 };

// Owns the nonzero entries of a matrix.
template <class T>
class EventList {
 public:
  // Lists the entries of x, (rows, columns) in C order, that are not 0 (NaN is listed). Gives up
  // with `denser` when there are more than `limit`. columns must be below 2^31.
  Compressed assign(const T* x, int64_t rows, int64_t columns, int64_t limit, int threads) noexcept;
  RowEvents<T> view() const noexcept;
  int64_t entries() const noexcept { return entries_; }

 private:
  int64_t rows_ = 0, columns_ = 0, entries_ = 0;
  Memory<int64_t> offsets_;
  Memory<int32_t> index_;
  Memory<T> value_;
};

extern template class EventList<float>;
extern template class EventList<double>;

// Entries that are not 0 among the rows `first`, `first + step`, ...
int64_t count_nonzero(const float* x, int64_t rows, int64_t columns, int64_t step) noexcept;
int64_t count_nonzero(const double* x, int64_t rows, int64_t columns, int64_t step) noexcept;

// The chunk functions. `list` writes the columns (and the values, unless null) of a row's entries
// and returns their number; up to kListSlack entries after them are overwritten. With null values
// it returns -1 if an entry is not 1.
constexpr int64_t kListSlack = 16;

template <class T>
struct CompressRow {
  int64_t (*count)(const T* x, int64_t n) noexcept;
  int64_t (*list)(const T* x, int64_t n, int32_t* index, T* value) noexcept;
};

struct CompressKernels {
  CompressRow<float> f32;
  CompressRow<double> f64;
};

}  // namespace nk

NK_KERNEL_TABLE(CompressKernels, compress_kernels)
