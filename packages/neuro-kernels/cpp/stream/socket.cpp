#include "neuro_kernels/stream/socket.hpp"

#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

#include "system_sockets.hpp"

#if defined(__linux__)
// Names of <linux/sock_diag.h>, which not every C library's headers carry along.
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
#endif

namespace nk {
namespace {

NativeSocket native(Socket::Handle handle) noexcept { return static_cast<NativeSocket>(handle); }

#if defined(_WIN32)
bool start_sockets() noexcept {
  static const bool started = [] {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
  }();
  return started;
}
constexpr int kInUse = WSAEADDRINUSE, kDenied = WSAEACCES;
#else
bool start_sockets() noexcept { return true; }
constexpr int kInUse = EADDRINUSE, kDenied = EACCES;
#endif

void fail(SocketError& error, const char* action, const char* host, int port, int code) noexcept {
  error.code = code;
  error.kind = code == kInUse    ? SocketError::Kind::in_use
               : code == kDenied ? SocketError::Kind::denied
                                 : SocketError::Kind::other;
  std::string text;
  try {
    text = std::system_category().message(code);
  } catch (...) {
    // No memory for the words: the number alone must do.
  }
  std::snprintf(error.message, sizeof error.message, "cannot %s %s:%d: %s (error %d)", action, host,
                port, text.c_str(), code);
}

struct Addresses {
  addrinfo* first = nullptr;
  ~Addresses() {
    if (first != nullptr) freeaddrinfo(first);
  }
};

bool resolve(const char* host, int port, bool passive, Addresses& found,
             SocketError& error) noexcept {
  char service[16];
  std::snprintf(service, sizeof service, "%d", port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  const int status = start_sockets() ? getaddrinfo(host, service, &hints, &found.first) : -1;
  if (status == 0) return true;
  error.kind = SocketError::Kind::resolve;
  error.code = 0;
  std::snprintf(error.message, sizeof error.message, "cannot find the host '%s'%s%s", host,
                status == -1 ? "" : ": ", status == -1 ? "" : gai_strerror(status));
  return false;
}

Socket::Handle open_for(const addrinfo& address) noexcept {
  int type = address.ai_socktype;
#if defined(SOCK_CLOEXEC)
  type |= SOCK_CLOEXEC;
#endif
  const NativeSocket s = ::socket(address.ai_family, type, address.ai_protocol);
#if defined(_WIN32)
  return s == INVALID_SOCKET ? -1 : static_cast<Socket::Handle>(s);
#else
  return s;
#endif
}

int option(Socket::Handle handle, int name) noexcept {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(native(handle), SOL_SOCKET, name, reinterpret_cast<char*>(&value), &size) != 0)
    return -1;
  return value;
}

void set_option(Socket::Handle handle, int level, int name, int value) noexcept {
  setsockopt(native(handle), level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

int64_t grow_buffer(Socket::Handle handle, int name, int forced_name, int64_t bytes) noexcept {
  const int wanted = bytes > 0x7FFFFFFF ? 0x7FFFFFFF : static_cast<int>(bytes);
  set_option(handle, SOL_SOCKET, name, wanted);
  // A process with the right to do so may go past net.core.rmem_max; all others are refused.
  if (forced_name >= 0 && option(handle, name) < wanted)
    set_option(handle, SOL_SOCKET, forced_name, wanted);
  return option(handle, name);
}

}  // namespace

bool Socket::bind_udp(const char* host, int port, SocketError& error) noexcept {
  const bool every = host[0] == '\0' || std::strcmp(host, "*") == 0;
  const char* name = every ? "0.0.0.0" : host;
  Addresses found;
  if (!resolve(name, port, true, found, error)) return false;
  int code = 0;
  for (const addrinfo* a = found.first; a != nullptr; a = a->ai_next) {
    close();
    handle_ = open_for(*a);
    if (handle_ == -1) {
      code = last_socket_error();
      continue;
    }
#if defined(_WIN32)
    set_option(handle_, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
#endif
    // "::" takes IPv4 senders as well.
    if (a->ai_family == AF_INET6) set_option(handle_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (::bind(native(handle_), a->ai_addr, static_cast<socklen_t>(a->ai_addrlen)) == 0)
      return true;
    code = last_socket_error();
  }
  close();
  fail(error, "receive on", name, port, code);
  return false;
}

bool Socket::connect_udp(const char* host, int port, SocketError& error) noexcept {
  Addresses found;
  if (!resolve(host, port, false, found, error)) return false;
  int code = 0;
  for (const addrinfo* a = found.first; a != nullptr; a = a->ai_next) {
    close();
    handle_ = open_for(*a);
    if (handle_ == -1) {
      code = last_socket_error();
      continue;
    }
    if (::connect(native(handle_), a->ai_addr, static_cast<socklen_t>(a->ai_addrlen)) == 0)
      return true;
    code = last_socket_error();
  }
  close();
  fail(error, "send to", host, port, code);
  return false;
}

int Socket::local_port() const noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(native(handle_), reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

int64_t Socket::set_receive_buffer(int64_t bytes) noexcept {
#if defined(SO_RCVBUFFORCE)
  return grow_buffer(handle_, SO_RCVBUF, SO_RCVBUFFORCE, bytes);
#else
  return grow_buffer(handle_, SO_RCVBUF, -1, bytes);
#endif
}

int64_t Socket::set_send_buffer(int64_t bytes) noexcept {
  return grow_buffer(handle_, SO_SNDBUF, -1, bytes);
}

int64_t Socket::dropped() const noexcept {
#if defined(__linux__)
  // SK_MEMINFO_DROPS is the ninth number. Read when asked for, it also counts what was lost after
  // the last datagram that got through, which SO_RXQ_OVFL tells only with the next one.
  uint32_t numbers[9] = {};
  socklen_t size = sizeof numbers;
  if (handle_ != -1 && getsockopt(native(handle_), SOL_SOCKET, SO_MEMINFO, numbers, &size) == 0 &&
      size == sizeof numbers)
    return numbers[8];
#endif
  return -1;
}

void Socket::close() noexcept {
  if (handle_ == -1) return;
#if defined(_WIN32)
  closesocket(native(handle_));
#else
  ::close(native(handle_));
#endif
  handle_ = -1;
}

}  // namespace nk
