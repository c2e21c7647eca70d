#include "neuro_kernels/stream/udp_sender.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <thread>

#include "system_sockets.hpp"

namespace nk {
namespace {

// Datagrams given to the system at once.
constexpr int kBatch = 64;
// Reports of an unreachable port come with a later datagram and keep it from leaving, and a full
// buffer of the system empties soon: a datagram is tried this many times before it counts as lost.
constexpr int kTries = 50;

struct Outgoing {
  const uint8_t* data;
  int64_t bytes, events;
};

#if defined(_WIN32)
bool is_refusal(int code) noexcept { return code == WSAECONNRESET || code == WSAECONNREFUSED; }
bool is_passing(int code) noexcept { return code == WSAENOBUFS || code == WSAEINTR; }
#else
bool is_refusal(int code) noexcept { return code == ECONNREFUSED; }
bool is_passing(int code) noexcept { return code == ENOBUFS || code == EINTR || code == EAGAIN; }
#endif

// Sends the first datagrams of `out`; returns how many the system took, or -1.
int hand_over(NativeSocket socket, const Outgoing* out, int n) noexcept {
#if defined(__linux__)
  iovec parts[kBatch];
  mmsghdr messages[kBatch];
  std::memset(messages, 0, sizeof messages);
  for (int i = 0; i < n; ++i) {
    parts[i] = {const_cast<uint8_t*>(out[i].data), static_cast<size_t>(out[i].bytes)};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  return sendmmsg(socket, messages, static_cast<unsigned>(n), 0);
#elif defined(_WIN32)
  return ::send(socket, reinterpret_cast<const char*>(out[0].data), static_cast<int>(out[0].bytes),
                0) < 0
             ? -1
             : (n > 0);
#else
  return ::send(socket, out[0].data, static_cast<size_t>(out[0].bytes), 0) < 0 ? -1 : (n > 0);
#endif
}

int64_t steady_ns() noexcept {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

UdpSender* UdpSender::open(const UdpSenderOptions& options, SocketError& error) noexcept {
  auto* sender = new (std::nothrow) UdpSender(options);
  if (sender != nullptr) {
    sender->packet_bytes_ =
        options.format->header_bytes + options.packet_events * options.format->bytes_per_event;
    sender->buffer_ =
        new (std::nothrow) uint8_t[static_cast<size_t>(kBatch * sender->packet_bytes_)];
  }
  if (sender == nullptr || sender->buffer_ == nullptr) {
    error.kind = SocketError::Kind::other;
    std::snprintf(error.message, sizeof error.message, "no memory for the sender");
  } else if (sender->socket_.connect_udp(options.host, options.port, error)) {
    sender->options_.host = "";  // the caller's text may be gone from here on
    sender->socket_.set_send_buffer(options.send_buffer);
    return sender;
  }
  delete sender;
  return nullptr;
}

UdpSender::~UdpSender() { delete[] buffer_; }

void UdpSender::pace(int64_t events) noexcept {
  if (options_.max_rate <= 0) return;
  const int64_t now = steady_ns();
  // A sleep that lasted too long is made up for; a pause of the caller is not, by a burst.
  constexpr int64_t kSlack = 2'000'000;
  if (next_ns_ < now - kSlack) next_ns_ = now - kSlack;
  std::this_thread::sleep_for(std::chrono::nanoseconds(next_ns_ - now));
  next_ns_ += static_cast<int64_t>(static_cast<double>(events) * 1e9 / options_.max_rate);
}

bool UdpSender::send(const Columns& events, SocketError& error) noexcept {
  if (!socket_.is_open()) {
    error.kind = SocketError::Kind::other;
    std::snprintf(error.message, sizeof error.message, "the sender is closed");
    return false;
  }
  // A paced sender hands over little at a time, so that the datagrams spread evenly.
  const int batch = options_.max_rate > 0 ? 4 : kBatch;
  for (int64_t at = 0; at < events.n;) {
    Outgoing out[kBatch];
    int n = 0;
    int64_t sum = 0;
    for (; n < batch && at < events.n; ++n) {
      const int64_t left = events.n - at;
      const int64_t m = left < options_.packet_events ? left : options_.packet_events;
      uint8_t* to = buffer_ + n * packet_bytes_;
      const Columns part{events.t + at, events.x + at, events.y + at, events.p + at, m};
      out[n] = {to, options_.format->encode(part, state_, to), m};
      at += m;
      sum += m;
    }
    pace(sum);
    int tries = 0;
    for (int done = 0; done < n;) {
      const int taken =
          hand_over(static_cast<NativeSocket>(socket_.handle()), out + done, n - done);
      if (taken > 0) {
        for (int i = done; i < done + taken; ++i) {
          ++stats_.packets;
          stats_.bytes += out[i].bytes;
          stats_.events += out[i].events;
        }
        done += taken;
        tries = 0;
        continue;
      }
      const int code = last_socket_error();
      const bool refused = is_refusal(code);
      if (refused) ++stats_.refused;
      if (!refused && !is_passing(code)) {
        error.kind = SocketError::Kind::other;
        error.code = code;
        std::snprintf(error.message, sizeof error.message,
                      "cannot send a datagram of %lld bytes: system error %d",
                      static_cast<long long>(out[done].bytes), code);
        return false;
      }
      if (!refused) std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (++tries == kTries) {
        ++stats_.lost_packets;
        stats_.lost_events += out[done].events;
        ++done;
        tries = 0;
      }
    }
  }
  return true;
}

}  // namespace nk
