// A file that a thread of its own writes, so that a slow disk never holds up who appends.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace nk {

struct ByteLogCounts {
  int64_t packets = 0, bytes = 0;  // taken
  int64_t missing_packets = 0;     // refused because too much waited for the disk
  int64_t first_wall_ns = -1, first_monotonic_ns = -1, last_monotonic_ns = -1;
  int error = 0;  // errno of the write that failed, 0 without one
};

class ByteLog {
 public:
  // Writes to the open file descriptor, which the log closes; at most `limit` bytes wait.
  ByteLog(int descriptor, int64_t limit) noexcept;
  ~ByteLog();
  ByteLog(const ByteLog&) = delete;
  ByteLog& operator=(const ByteLog&) = delete;

  // Takes a copy; false when it was refused.
  bool append(const uint8_t* data, int64_t bytes, int64_t monotonic_ns, int64_t wall_ns) noexcept;

  // Waits until everything is written and closes the file.
  ByteLogCounts finish() noexcept;

  ByteLogCounts counts() const noexcept;

 private:
  void run() noexcept;

  std::FILE* file_;
  int64_t limit_;
  int64_t waiting_bytes_ = 0;
  bool ending_ = false;
  ByteLogCounts counts_;
  std::deque<std::vector<uint8_t>> waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace nk
