// Datagram sockets with one face on POSIX systems and Windows.
#pragma once

#include <cstdint>

namespace nk {

// Why an operation on a socket failed. `code` is the system's number, 0 when the system gave none.
struct SocketError {
  enum class Kind { none, resolve, in_use, denied, other } kind = Kind::none;
  int code = 0;
  char message[256] = "";
};

class Socket {
 public:
  // -1 on POSIX and INVALID_SOCKET on Windows, in one type.
  using Handle = intptr_t;

  Socket() noexcept = default;
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Opens a UDP socket bound to host:port ("" or "*": every address; port 0: a free one). A bound
  // port is never shared. False and `error` on failure.
  bool bind_udp(const char* host, int port, SocketError& error) noexcept;
  // Opens a UDP socket that sends to host:port.
  bool connect_udp(const char* host, int port, SocketError& error) noexcept;

  bool is_open() const noexcept { return handle_ != -1; }
  Handle handle() const noexcept { return handle_; }
  int local_port() const noexcept;

  // Asks for buffers of this many bytes, beyond the system's limit where the process may; returns
  // what the system granted, in its own way of counting (Linux counts its bookkeeping too).
  int64_t set_receive_buffer(int64_t bytes) noexcept;
  int64_t set_send_buffer(int64_t bytes) noexcept;

  // Datagrams that arrived and found the receive buffer full, so far; -1 where the system does not
  // tell (Linux does).
  int64_t dropped() const noexcept;

  void close() noexcept;

 private:
  Handle handle_ = -1;
};

}  // namespace nk
