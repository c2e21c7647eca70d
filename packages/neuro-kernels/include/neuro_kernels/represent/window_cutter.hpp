// Where a stream of event times is cut into windows by time, by number, or by whichever comes
// first.
#pragma once

#include <cstdint>

namespace nk {

// A window spans [begin, begin + duration); the first begins at the first event or at `start`, the
// next where the last one ended. A window that is full by count ends with its last event, and the
// next one begins at that event's time. A time before an earlier one counts as the latest so far.
class WindowCutter {
 public:
  // 0 means no limit of this kind; one of the two must be above. `start` is INT64_MIN for the time
  // of the first event; what comes before it is left out.
  WindowCutter(int64_t duration, int64_t count, int64_t start) noexcept
      : duration_(duration), count_(count), start_(start) {}

  struct Cut {
    int64_t skipped = 0;  // events before the start, in front of the others
    int64_t taken = 0;    // events of the current window that follow
    bool closes = false;  // the window ends behind them, with the span [begin, end)
    int64_t begin = 0, end = 0;
  };

  // Looks at times until a window closes or they are used up. The events behind those skipped and
  // taken must be given again.
  Cut next(const int64_t* t, int64_t n) noexcept;

  // The window left open at the end of the stream; it closes if it holds events.
  Cut finish() noexcept;

  // Where the current window begins; only once events were given.
  int64_t begin() const noexcept { return begin_; }

 private:
  int64_t window_end() const noexcept;

  int64_t duration_, count_, start_;
  int64_t begin_ = 0, latest_ = INT64_MIN, held_ = 0;
  bool begun_ = false;
};

}  // namespace nk
