#include "neuro_kernels/stream/udp_receiver.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include "system_sockets.hpp"

#if defined(_WIN32)
#include <process.h>
#else
#include <signal.h>
#endif

namespace nk {
namespace {

// Datagrams taken from the system at once.
constexpr int kBatch = 64;

int64_t process_id() noexcept {
#if defined(_WIN32)
  return _getpid();
#else
  return getpid();
#endif
}

int64_t steady_ns() noexcept {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

// The new thread must leave signals to the thread of the interpreter that handles them.
template <class Body>
std::thread* start_thread(Body body) noexcept {
#if !defined(_WIN32)
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
  std::thread* thread = nullptr;
  try {
    thread = new std::thread(body);
  } catch (...) {
    thread = nullptr;
  }
#if !defined(_WIN32)
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
  return thread;
}

void set_system_error(SocketError& error, const char* what) noexcept {
  error.kind = SocketError::Kind::other;
  error.code = 0;
  std::snprintf(error.message, sizeof error.message, "%s", what);
}

}  // namespace

UdpReceiver::UdpReceiver(const UdpReceiverOptions& options) noexcept
    : options_(options), ring_(options.ring) {
  state_.width = options.width;
  state_.height = options.height;
}

UdpReceiver* UdpReceiver::open(const UdpReceiverOptions& options, SocketError& error) noexcept {
  auto* receiver = new (std::nothrow) UdpReceiver(options);
  if (receiver == nullptr || !receiver->start(error)) {
    if (receiver == nullptr) set_system_error(error, "no memory for the receiver");
    delete receiver;
    return nullptr;
  }
  return receiver;
}

bool UdpReceiver::start(SocketError& error) noexcept {
  if (!socket_.bind_udp(options_.host, options_.port, error)) return false;
  options_.host = "";  // the caller's text may be gone from here on
  port_ = socket_.local_port();
  receive_buffer_ = socket_.set_receive_buffer(options_.receive_buffer);
  batch_ = new (std::nothrow) uint8_t[static_cast<size_t>(kBatch * options_.max_datagram)];
  if (batch_ == nullptr || !ring_.ok()) {
    set_system_error(error, "no memory for the receive buffers");
    return false;
  }
#if defined(_WIN32)
  DWORD wait_ms = 50;
  setsockopt(static_cast<NativeSocket>(socket_.handle()), SOL_SOCKET, SO_RCVTIMEO,
             reinterpret_cast<const char*>(&wait_ms), sizeof wait_ms);
#else
  int ends[2];
  if (pipe(ends) != 0) {
    set_system_error(error, "no file descriptor left for the receiver");
    return false;
  }
  wake_read_ = ends[0];
  wake_write_ = ends[1];
  for (int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
  start_ns_ = steady_ns();
  process_ = process_id();
  thread_ = start_thread([this] { receive(); });
  if (thread_ == nullptr) {
    set_system_error(error, "the system gives no thread for the receiver");
    return false;
  }
  return true;
}

UdpReceiver::~UdpReceiver() {
  close();
  delete[] batch_;
}

void UdpReceiver::close() noexcept {
  std::lock_guard closing(closing_mutex_);
  stop_.store(true);
  if (thread_ != nullptr && process_ == process_id()) {
#if !defined(_WIN32)
    const char byte = 0;
    [[maybe_unused]] const auto written = write(static_cast<int>(wake_write_), &byte, 1);
#endif
    thread_->join();
    delete thread_;
    system_lost_at_close_.store(socket_.dropped());
  }
  // In a forked child the thread object stands for no thread: it is left alone.
  thread_ = nullptr;
  socket_.close();
#if !defined(_WIN32)
  for (intptr_t* end : {&wake_read_, &wake_write_}) {
    if (*end != -1) ::close(static_cast<int>(*end));
    *end = -1;
  }
#endif
  std::lock_guard lock(waiting_mutex_);
  arrived_.notify_all();
}

int64_t UdpReceiver::now_us() const noexcept { return (steady_ns() - start_ns_) / 1000; }

void UdpReceiver::receive() noexcept {
  while (!stop_.load(std::memory_order_relaxed)) {
    if (!wait_for_data()) continue;
    while (!stop_.load(std::memory_order_relaxed) && receive_batch() == kBatch) {
    }
  }
}

void UdpReceiver::keep(const uint8_t* data, int64_t bytes, int64_t time_us,
                       bool truncated) noexcept {
  packets_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (truncated) truncated_.fetch_add(1, std::memory_order_relaxed);
  if (!ring_.push(data, bytes, time_us)) {
    ring_lost_packets_.fetch_add(1, std::memory_order_relaxed);
    ring_lost_events_.fetch_add(options_.format->count(data, bytes), std::memory_order_relaxed);
  }
}

#if defined(_WIN32)

bool UdpReceiver::wait_for_data() noexcept { return true; }

int UdpReceiver::receive_batch() noexcept {
  const int n = recv(static_cast<NativeSocket>(socket_.handle()), reinterpret_cast<char*>(batch_),
                     static_cast<int>(options_.max_datagram), 0);
  const bool truncated = n < 0 && last_socket_error() == WSAEMSGSIZE;
  if (n < 0 && !truncated) return 0;
  keep(batch_, truncated ? options_.max_datagram : n, now_us(), truncated);
  {
    std::lock_guard lock(waiting_mutex_);
    if (waiting_) arrived_.notify_one();
  }
  const int64_t used = ring_.used();
  if (used > ring_peak_.load(std::memory_order_relaxed)) ring_peak_.store(used);
  return 1;
}

#else

bool UdpReceiver::wait_for_data() noexcept {
  pollfd ends[2] = {{static_cast<int>(socket_.handle()), POLLIN, 0},
                    {static_cast<int>(wake_read_), POLLIN, 0}};
  const int n = poll(ends, 2, -1);
  return n > 0 && ends[0].revents != 0;
}

int UdpReceiver::receive_batch() noexcept {
  const int fd = static_cast<int>(socket_.handle());
  const auto most = static_cast<size_t>(options_.max_datagram);
#if defined(__linux__)
  iovec parts[kBatch];
  mmsghdr messages[kBatch];
  std::memset(messages, 0, sizeof messages);
  for (int i = 0; i < kBatch; ++i) {
    parts[i] = {batch_ + static_cast<size_t>(i) * most, most};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int n = recvmmsg(fd, messages, kBatch, MSG_DONTWAIT, nullptr);
  const int64_t now = now_us();
  for (int i = 0; i < n; ++i)
    keep(batch_ + static_cast<size_t>(i) * most, messages[i].msg_len, now,
         (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0);
#else
  int n = 0;
  for (; n < kBatch; ++n) {
    iovec part{batch_, most};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t bytes = recvmsg(fd, &message, MSG_DONTWAIT);
    if (bytes < 0) break;
    keep(batch_, bytes, now_us(), (message.msg_flags & MSG_TRUNC) != 0);
  }
#endif
  if (n <= 0) return 0;
  const int64_t used = ring_.used();
  if (used > ring_peak_.load(std::memory_order_relaxed)) ring_peak_.store(used);
  std::lock_guard lock(waiting_mutex_);
  if (waiting_) arrived_.notify_one();
  return n;
}

#endif

bool UdpReceiver::wait(int64_t timeout_us) noexcept {
  std::unique_lock lock(waiting_mutex_);
  waiting_ = true;
  arrived_.wait_for(lock, std::chrono::microseconds(timeout_us),
                    [this] { return ring_.used() > 0 || stop_.load(); });
  waiting_ = false;
  return ring_.used() > 0;
}

int64_t UdpReceiver::available(int64_t most) noexcept {
  std::lock_guard reading(reading_mutex_);
  int64_t n = 0, cursor = ring_.first();
  for (PacketView packet; ring_.next(cursor, packet);) {
    const int64_t more = options_.format->count(packet.data, packet.bytes);
    if (n > 0 && n + more > most) break;
    n += more;
  }
  return n;
}

int64_t UdpReceiver::read(const MutableColumns& out) noexcept {
  std::lock_guard reading(reading_mutex_);
  int64_t n = 0, cursor = ring_.first();
  for (PacketView packet; ring_.next(cursor, packet);) {
    if (options_.format->count(packet.data, packet.bytes) > out.capacity - n) break;
    const MutableColumns rest{out.t + n, out.x + n, out.y + n, out.p + n, out.capacity - n};
    n += options_.format->decode(packet.data, packet.bytes, packet.time_us, state_, rest, counts_);
    ++packets_read_;
    ring_.release(cursor);
  }
  return n;
}

WireState UdpReceiver::sensor() noexcept {
  std::lock_guard reading(reading_mutex_);
  return state_;
}

UdpReceiverStats UdpReceiver::stats() noexcept {
  UdpReceiverStats s;
  s.packets = packets_.load();
  s.bytes = bytes_.load();
  s.truncated = truncated_.load();
  s.ring_lost_packets = ring_lost_packets_.load();
  s.ring_lost_events = ring_lost_events_.load();
  s.ring_peak = ring_peak_.load();
  s.receive_buffer = receive_buffer_;
  int64_t packets_read;
  {
    std::lock_guard reading(reading_mutex_);
    s.events = counts_.events;
    s.out_of_range = counts_.out_of_range;
    s.malformed = counts_.malformed;
    s.missed_packets = counts_.lost_messages;
    s.missed_events = counts_.lost_events;
    packets_read = packets_read_;
  }
  {
    std::lock_guard closing(closing_mutex_);
    s.system_lost_packets = socket_.is_open() ? socket_.dropped() : system_lost_at_close_.load();
  }
  if (s.system_lost_packets > 0 && packets_read > 0) {
    const double mean = static_cast<double>(s.events + s.out_of_range) / packets_read;
    s.system_lost_events = std::llround(mean * static_cast<double>(s.system_lost_packets));
  }
  return s;
}

}  // namespace nk
