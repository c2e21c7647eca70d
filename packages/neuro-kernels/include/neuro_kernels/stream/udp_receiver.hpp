// Events from UDP datagrams, received by a thread of its own so that no busy consumer loses any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "neuro_kernels/stream/packet_ring.hpp"
#include "neuro_kernels/stream/socket.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk {

struct UdpReceiverOptions {
  const char* host = "";
  int port = 3333;
  const WireFormat* format = &wire_spif;
  int64_t width = 1280, height = 720;         // 0: what the first message says, where it does
  int64_t receive_buffer = int64_t{8} << 20;  // asked of the system
  int64_t ring = int64_t{32} << 20;           // bytes between the thread and the consumer
  int64_t max_datagram = 65536;               // longer ones are cut short and counted
};

struct UdpReceiverStats {
  int64_t packets = 0, bytes = 0;   // received, those lost in the ring included
  int64_t events = 0;               // handed to the consumer
  int64_t out_of_range = 0;         // events outside the sensor, left out
  int64_t malformed = 0;            // datagrams with bytes that form no event
  int64_t truncated = 0;            // datagrams longer than max_datagram
  int64_t ring_lost_packets = 0;    // the ring was full
  int64_t ring_lost_events = 0;     // in those: exact
  int64_t system_lost_packets = 0;  // the socket's buffer was full; -1 where the system is silent
  int64_t system_lost_events = 0;   // in those: by the mean of the datagrams received
  int64_t missed_packets = 0;       // by the numbers in the messages, where they have them
  int64_t missed_events = 0;        // in those
  int64_t ring_peak = 0;            // most bytes that waited in the ring
  int64_t receive_buffer = 0;       // granted by the system
};

class UdpReceiver {
 public:
  // Opens the socket and starts the thread; nullptr and `error` on failure.
  static UdpReceiver* open(const UdpReceiverOptions& options, SocketError& error) noexcept;
  ~UdpReceiver();
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  int port() const noexcept { return port_; }
  bool closed() const noexcept { return stop_.load(); }

  // Waits until a datagram is there: true. False after `timeout_us` or when closed while empty.
  bool wait(int64_t timeout_us) noexcept;
  // Events in the datagrams that wait, in whole datagrams (at least one) up to `most` events.
  int64_t available(int64_t most) noexcept;
  // Decodes waiting datagrams as long as they fit into `out`; returns the number of events.
  int64_t read(const MutableColumns& out) noexcept;

  UdpReceiverStats stats() noexcept;
  // Size of the sensor and origin of time, as given or as read from the messages.
  WireState sensor() noexcept;

  // Ends the thread and frees the port. What was received before can still be read. Any thread.
  void close() noexcept;

 private:
  explicit UdpReceiver(const UdpReceiverOptions& options) noexcept;
  bool start(SocketError& error) noexcept;
  void receive() noexcept;
  bool wait_for_data() noexcept;
  int receive_batch() noexcept;
  void keep(const uint8_t* data, int64_t bytes, int64_t time_us, bool truncated) noexcept;
  int64_t now_us() const noexcept;

  UdpReceiverOptions options_;
  Socket socket_;
  PacketRing ring_;
  uint8_t* batch_ = nullptr;
  int port_ = 0;
  int64_t receive_buffer_ = 0;
  int64_t start_ns_ = 0;
  intptr_t wake_read_ = -1, wake_write_ = -1;  // a byte written here ends the thread's waiting
  int64_t process_ = 0;                        // a forked child has the object but no thread
  std::thread* thread_ = nullptr;
  std::atomic<bool> stop_{false};

  std::mutex waiting_mutex_;
  std::condition_variable arrived_;
  bool waiting_ = false;

  std::atomic<int64_t> packets_{0}, bytes_{0}, truncated_{0}, ring_lost_packets_{0},
      ring_lost_events_{0}, ring_peak_{0}, system_lost_at_close_{-1};

  std::mutex reading_mutex_;  // one reader at a time; also guards the three below
  WireState state_;
  WireCounts counts_;
  int64_t packets_read_ = 0;
  std::mutex closing_mutex_;
};

}  // namespace nk
