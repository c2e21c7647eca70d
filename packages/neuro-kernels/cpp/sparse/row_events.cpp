#include "neuro_kernels/sparse/row_events.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "neuro_kernels/core/pool.hpp"

namespace nk {
namespace {

// Below this many values a second thread costs more than it saves.
constexpr int64_t kValuesPerThread = 1 << 18;
constexpr int kMostParts = 64;

template <class T>
const CompressRow<T>& kernels() noexcept;
template <>
const CompressRow<float>& kernels() noexcept {
  return compress_kernels().f32;
}
template <>
const CompressRow<double>& kernels() noexcept {
  return compress_kernels().f64;
}

// Makes room for `size` entries and keeps the first `used`.
template <class T>
bool grow(Memory<T>& memory, int64_t size) noexcept {
  void* larger = std::realloc(memory.get(), static_cast<size_t>(size) * sizeof(T));
  if (larger == nullptr) return false;
  (void)memory.release();
  memory.reset(static_cast<T*>(larger));
  return true;
}

// The entries of some consecutive rows; `counts` gets the number in each row.
template <class T>
struct Part {
  Memory<int32_t> index;
  Memory<T> value;
  int64_t entries = 0, room = 0;
  Compressed outcome = Compressed::done;

  void fill(const T* x, int64_t rows, int64_t columns, int64_t limit, int64_t* counts) noexcept {
    const CompressRow<T>& k = kernels<T>();
    for (int64_t r = 0; r < rows; ++r, x += columns) {
      const int64_t expected = k.count(x, columns);
      if (entries + expected > limit) {
        outcome = Compressed::denser;
        return;
      }
      if (!make_room(entries + expected + kListSlack)) return;
      if (!value) {
        if (k.list(x, columns, index.get() + entries, nullptr) < 0 && !add_values()) return;
      }
      if (value) k.list(x, columns, index.get() + entries, value.get() + entries);
      entries += expected;
      counts[r] = expected;
    }
  }

  bool make_room(int64_t size) noexcept {
    if (size <= room) return true;
    const int64_t wanted = std::max(size, room + room / 2);
    if (!grow(index, wanted) || (value && !grow(value, wanted))) {
      outcome = Compressed::no_memory;
      return false;
    }
    room = wanted;
    return true;
  }

  bool add_values() noexcept {
    if (!grow(value, std::max<int64_t>(room, 1))) {
      outcome = Compressed::no_memory;
      return false;
    }
    std::fill_n(value.get(), entries, T(1));
    return true;
  }
};

template <class T>
int64_t count_rows(const T* x, int64_t rows, int64_t columns, int64_t step) noexcept {
  int64_t found = 0;
  for (int64_t r = 0; r < rows; r += step) found += kernels<T>().count(x + r * columns, columns);
  return found;
}

}  // namespace

template <class T>
Compressed EventList<T>::assign(const T* x, int64_t rows, int64_t columns, int64_t limit,
                                int threads) noexcept {
  rows_ = columns_ = entries_ = 0;
  index_.reset();
  value_.reset();
  if (!grow(offsets_, rows + 1)) return Compressed::no_memory;
  int64_t* offsets = offsets_.get();
  const int64_t most = std::max<int64_t>(1, rows * columns / kValuesPerThread);
  threads = static_cast<int>(std::min<int64_t>({threads, num_threads(), most, kMostParts, rows}));
  const int64_t count = std::max(1, threads);
  Part<T> parts[kMostParts];
  auto first = [&](int64_t part) { return rows * part / count; };
  auto fill = [&](int64_t part) {
    const int64_t begin = first(part);
    parts[part].fill(x + begin * columns, first(part + 1) - begin, columns, limit,
                     offsets + 1 + begin);
  };
  if (count > 1)
    parallel_for(count, fill);
  else
    fill(0);
  int64_t total = 0;
  bool valued = false;
  for (int64_t i = 0; i < count; ++i) {
    if (parts[i].outcome != Compressed::done) return parts[i].outcome;
    total += parts[i].entries;
    valued |= static_cast<bool>(parts[i].value);
  }
  if (total > limit) return Compressed::denser;
  offsets[0] = 0;
  for (int64_t r = 0; r < rows; ++r) offsets[r + 1] += offsets[r];
  if (count == 1) {
    index_ = std::move(parts[0].index);
    value_ = std::move(parts[0].value);
  } else {
    const int64_t size = std::max<int64_t>(total, 1);
    if (!grow(index_, size) || (valued && !grow(value_, size))) return Compressed::no_memory;
    int64_t at = 0;
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(parts[i].index.get(), parts[i].entries, index_.get() + at);
      if (valued && parts[i].value)
        std::copy_n(parts[i].value.get(), parts[i].entries, value_.get() + at);
      else if (valued)
        std::fill_n(value_.get() + at, parts[i].entries, T(1));
      at += parts[i].entries;
    }
  }
  rows_ = rows;
  columns_ = columns;
  entries_ = total;
  return Compressed::done;
}

template <class T>
RowEvents<T> EventList<T>::view() const noexcept {
  return {rows_, columns_, offsets_.get(), index_.get(), value_.get()};
}

template class EventList<float>;
template class EventList<double>;

int64_t count_nonzero(const float* x, int64_t rows, int64_t columns, int64_t step) noexcept {
  return count_rows(x, rows, columns, step);
}
int64_t count_nonzero(const double* x, int64_t rows, int64_t columns, int64_t step) noexcept {
  return count_rows(x, rows, columns, step);
}

}  // namespace nk
