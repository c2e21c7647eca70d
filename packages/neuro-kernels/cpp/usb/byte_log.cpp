#include "neuro_kernels/usb/byte_log.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#if defined(_WIN32)
#include <io.h>
#define NK_FDOPEN _fdopen
#define NK_CLOSE _close
#else
#include <unistd.h>
#define NK_FDOPEN fdopen
#define NK_CLOSE close
#endif

namespace nk {

ByteLog::ByteLog(int descriptor, int64_t limit) noexcept
    : file_(NK_FDOPEN(descriptor, "wb")), limit_(limit) {
  if (file_ == nullptr) {
    counts_.error = errno;
    NK_CLOSE(descriptor);
    return;
  }
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    counts_.error = EAGAIN;
  }
}

ByteLog::~ByteLog() { finish(); }

bool ByteLog::append(const uint8_t* data, int64_t bytes, int64_t monotonic_ns,
                     int64_t wall_ns) noexcept {
  try {
    std::vector<uint8_t> copy(data, data + bytes);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ending_) return false;
    if (counts_.error != 0 || waiting_bytes_ + bytes > limit_) {
      ++counts_.missing_packets;
      return false;
    }
    waiting_.push_back(std::move(copy));
    waiting_bytes_ += bytes;
    ++counts_.packets;
    counts_.bytes += bytes;
    if (counts_.first_wall_ns < 0) {
      counts_.first_wall_ns = wall_ns;
      counts_.first_monotonic_ns = monotonic_ns;
    }
    counts_.last_monotonic_ns = monotonic_ns;
  } catch (const std::bad_alloc&) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.missing_packets;
    return false;
  }
  changed_.notify_all();
  return true;
}

void ByteLog::run() noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::vector<uint8_t> part = std::move(waiting_.front());
    waiting_.pop_front();
    const bool failed = counts_.error != 0;
    lock.unlock();
    int error = 0;
    if (!failed && std::fwrite(part.data(), 1, part.size(), file_) != part.size())
      error = errno != 0 ? errno : EIO;
    lock.lock();
    waiting_bytes_ -= static_cast<int64_t>(part.size());
    if (error != 0) counts_.error = error;
  }
}

ByteLogCounts ByteLog::finish() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (file_ != nullptr) {
    errno = 0;
    const int status = std::fclose(file_);
    file_ = nullptr;
    if (status != 0 && counts_.error == 0) counts_.error = errno != 0 ? errno : EIO;
  }
  return counts();
}

ByteLogCounts ByteLog::counts() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

}  // namespace nk
