// The system's socket headers and the few names that differ between systems. For cpp/stream alone.
#pragma once

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace nk {

#if defined(_WIN32)
using NativeSocket = SOCKET;
inline int last_socket_error() noexcept { return WSAGetLastError(); }
#else
using NativeSocket = int;
inline int last_socket_error() noexcept { return errno; }
#endif

}  // namespace nk
