// Events out as UDP datagrams.
#pragma once

#include <cstdint>

#include "neuro_kernels/stream/socket.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk {

struct UdpSenderOptions {
  const char* host = "localhost";
  int port = 3333;
  const WireFormat* format = &wire_spif;
  int64_t packet_events = 128;             // at most, in one datagram
  int64_t send_buffer = int64_t{4} << 20;  // asked of the system
  double max_rate = 0;                     // events per second, 0: as fast as the system takes them
};

struct UdpSenderStats {
  int64_t packets = 0, bytes = 0, events = 0;  // handed to the system
  int64_t refused = 0;  // times the system reported that nobody listens at the other end
  int64_t lost_packets = 0, lost_events = 0;  // the system would not take
};

// For one thread at a time.
class UdpSender {
 public:
  static UdpSender* open(const UdpSenderOptions& options, SocketError& error) noexcept;
  ~UdpSender();
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  // Sends all `events`, the last datagram as short as it comes. False and `error` when the socket
  // is of no more use.
  bool send(const Columns& events, SocketError& error) noexcept;

  // Tells layouts that name them the size of the sensor and the origin of time.
  void set_sensor(int64_t width, int64_t height, int64_t t0) noexcept {
    state_.width = width;
    state_.height = height;
    state_.t0 = t0;
  }

  const UdpSenderStats& stats() const noexcept { return stats_; }
  void close() noexcept { socket_.close(); }

 private:
  explicit UdpSender(const UdpSenderOptions& options) noexcept : options_(options) {}
  void pace(int64_t events) noexcept;

  UdpSenderOptions options_;
  Socket socket_;
  uint8_t* buffer_ = nullptr;
  int64_t packet_bytes_ = 0;
  int64_t next_ns_ = 0;  // when the next datagrams may leave
  WireState state_;
  UdpSenderStats stats_;
};

}  // namespace nk
