#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "gil.hpp"
#include "neuro_kernels/stream/udp_receiver.hpp"
#include "neuro_kernels/stream/udp_sender.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk::py_bindings {
namespace {

using Clock = std::chrono::steady_clock;

const WireFormat* format_named(const std::string& name) {
  const WireFormat* format = wire_format(name.c_str());
  if (format == nullptr) throw py::value_error("unknown wire format: " + name);
  return format;
}

const char* kind_name(SocketError::Kind kind) {
  switch (kind) {
    case SocketError::Kind::resolve: return "resolve";
    case SocketError::Kind::in_use: return "in_use";
    case SocketError::Kind::denied: return "denied";
    default: return "other";
  }
}

// Raises _kernels.SocketError(kind, code, message).
[[noreturn]] void raise(const SocketError& error) {
  const py::object type = py::module_::import("neuro_kernels._kernels").attr("SocketError");
  PyErr_SetObject(type.ptr(),
                  py::make_tuple(kind_name(error.kind), error.code, error.message).ptr());
  throw py::error_already_set();
}

// Fresh columns with room for n events, and the same cut down to the m that were written.
struct FreshColumns {
  explicit FreshColumns(int64_t n) : t(n), x(n), y(n), p(n) {}

  MutableColumns out() { return mutable_columns(t, x, y, p); }

  py::tuple first(int64_t m) {
    if (m < t.size()) {
      t.resize({m});
      x.resize({m});
      y.resize({m});
      p.resize({m});
    }
    return py::make_tuple(t, x, y, p);
  }

  Array<int64_t> t;
  Array<uint16_t> x, y;
  Array<uint8_t> p;
};

struct ByteView {
  explicit ByteView(const py::buffer& buffer) : info(buffer.request()) {
    if (info.ndim != 1 || info.itemsize != 1 || (info.size > 0 && info.strides[0] != 1))
      throw py::value_error("expected contiguous bytes");
  }
  const uint8_t* data() const { return static_cast<const uint8_t*>(info.ptr); }
  int64_t size() const { return info.size; }

  py::buffer_info info;
};

int64_t origin(const py::object& t0) {
  return t0.is_none() ? WireState::kNoOrigin : t0.cast<int64_t>();
}

// (width, height, t0) of a decoder; width 0 until a message has told.
py::tuple sensor(const WireState& state) {
  py::object t0 = py::none();
  if (state.t0 != WireState::kNoOrigin) t0 = py::int_(state.t0);
  return py::make_tuple(state.width, state.height, t0);
}

struct WireDecoder {
  WireDecoder(const std::string& name, int64_t width, int64_t height) : format(format_named(name)) {
    state.width = width;
    state.height = height;
  }

  py::tuple decode(const py::buffer& message, int64_t arrival_us) {
    const ByteView bytes(message);
    FreshColumns columns(format->count(bytes.data(), bytes.size()));
    const MutableColumns out = columns.out();
    int64_t n;
    {
      WaitingRelease release;
      n = format->decode(bytes.data(), bytes.size(), arrival_us, state, out, counts);
    }
    return columns.first(n);
  }

  const WireFormat* format;
  WireState state;
  WireCounts counts;
};

struct WireEncoder {
  WireEncoder(const std::string& name, int64_t width, int64_t height, py::object t0)
      : format(format_named(name)) {
    state.width = width;
    state.height = height;
    state.t0 = origin(t0);
  }

  py::bytes encode(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                   const Array<uint8_t>& p) {
    const Columns events = columns(t, x, y, p);
    const int64_t room = format->header_bytes + events.n * format->bytes_per_event;
    std::string out(static_cast<size_t>(room), '\0');
    int64_t bytes;
    {
      WaitingRelease release;
      bytes = format->encode(events, state, reinterpret_cast<uint8_t*>(out.data()));
    }
    return {out.data(), static_cast<size_t>(bytes)};
  }

  const WireFormat* format;
  WireState state;
};

std::unique_ptr<UdpReceiver> open_receiver(const std::string& host, int port,
                                           const std::string& format, int64_t width, int64_t height,
                                           int64_t receive_buffer, int64_t ring,
                                           int64_t max_datagram) {
  UdpReceiverOptions options;
  options.host = host.c_str();
  options.port = port;
  options.format = format_named(format);
  options.width = width;
  options.height = height;
  options.receive_buffer = receive_buffer;
  options.ring = ring;
  options.max_datagram = max_datagram;
  SocketError error;
  UdpReceiver* receiver;
  {
    WaitingRelease release;
    receiver = UdpReceiver::open(options, error);
  }
  if (receiver == nullptr) raise(error);
  return std::unique_ptr<UdpReceiver>(receiver);
}

// Waits in short steps, so that Ctrl-C ends the waiting; None when closed and read empty, no
// events when the time is over.
py::object read(UdpReceiver& receiver, double timeout_s, int64_t max_events) {
  constexpr int64_t step_us = 100'000;
  const auto start = Clock::now();
  for (;;) {
    const double left_s =
        timeout_s < 0 ? 1.0
                      : timeout_s - std::chrono::duration<double>(Clock::now() - start).count();
    bool arrived;
    int64_t n = 0;
    {
      WaitingRelease release;
      // Asked before waiting: what came in before the end is still handed over.
      const bool closed = receiver.closed();
      arrived = receiver.wait(
          closed ? 0 : std::clamp<int64_t>(static_cast<int64_t>(left_s * 1e6), 0, step_us));
      if (arrived) n = receiver.available(max_events);
      if (!arrived && closed) n = -1;
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (n < 0) return py::none();
    if (arrived) {
      FreshColumns columns(n);
      const MutableColumns out = columns.out();
      {
        WaitingRelease release;
        n = receiver.read(out);
      }
      return columns.first(n);
    }
    if (left_s <= 0) return FreshColumns(0).first(0);
  }
}

py::dict stats(UdpReceiver& receiver) {
  UdpReceiverStats s;
  {
    WaitingRelease release;
    s = receiver.stats();
  }
  using namespace py::literals;
  return py::dict("packets"_a = s.packets, "bytes"_a = s.bytes, "events"_a = s.events,
                  "out_of_range"_a = s.out_of_range, "malformed"_a = s.malformed,
                  "truncated"_a = s.truncated, "ring_lost_packets"_a = s.ring_lost_packets,
                  "ring_lost_events"_a = s.ring_lost_events,
                  "system_lost_packets"_a = s.system_lost_packets,
                  "system_lost_events"_a = s.system_lost_events,
                  "missed_packets"_a = s.missed_packets, "missed_events"_a = s.missed_events,
                  "ring_peak_bytes"_a = s.ring_peak, "receive_buffer_bytes"_a = s.receive_buffer);
}

std::unique_ptr<UdpSender> open_sender(const std::string& host, int port, const std::string& format,
                                       int64_t packet_events, double max_rate,
                                       int64_t send_buffer) {
  UdpSenderOptions options;
  options.host = host.c_str();
  options.port = port;
  options.format = format_named(format);
  options.packet_events = packet_events;
  options.max_rate = max_rate;
  options.send_buffer = send_buffer;
  SocketError error;
  UdpSender* sender;
  {
    WaitingRelease release;
    sender = UdpSender::open(options, error);
  }
  if (sender == nullptr) raise(error);
  return std::unique_ptr<UdpSender>(sender);
}

void send(UdpSender& sender, const Array<int64_t>& t, const Array<uint16_t>& x,
          const Array<uint16_t>& y, const Array<uint8_t>& p, int64_t step) {
  const Columns all = columns(t, x, y, p);
  SocketError error;
  bool good = true;
  // In steps, so that Ctrl-C ends the sending of a slow sender.
  for (int64_t at = 0; good && at < all.n; at += step) {
    const Columns part{all.t + at, all.x + at, all.y + at, all.p + at, std::min(step, all.n - at)};
    {
      WaitingRelease release;
      good = sender.send(part, error);
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  if (!good) raise(error);
}

py::dict sender_stats(const UdpSender& sender) {
  const UdpSenderStats& s = sender.stats();
  using namespace py::literals;
  return py::dict("packets"_a = s.packets, "bytes"_a = s.bytes, "events"_a = s.events,
                  "refused"_a = s.refused, "lost_packets"_a = s.lost_packets,
                  "lost_events"_a = s.lost_events);
}

}  // namespace

void bind_stream(py::module_& m) {
  py::exception<SocketError>(m, "SocketError");

  m.def("wire_limits", [](const std::string& name) {
    const WireFormat* format = format_named(name);
    return py::make_tuple(format->largest_side, format->header_bytes, format->bytes_per_event);
  });
  py::class_<WireEncoder>(m, "WireEncoder")
      .def(py::init<const std::string&, int64_t, int64_t, py::object>(), py::arg("format"),
           py::arg("width"), py::arg("height"), py::arg("t0"))
      .def("encode", &WireEncoder::encode, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert());
  py::class_<WireDecoder>(m, "WireDecoder")
      .def(py::init<const std::string&, int64_t, int64_t>(), py::arg("format"), py::arg("width"),
           py::arg("height"))
      .def("whole",
           [](const WireDecoder& d, const py::buffer& data) {
             const ByteView bytes(data);
             return d.format->whole(bytes.data(), bytes.size());
           })
      .def("decode", &WireDecoder::decode, py::arg("message"), py::arg("arrival_us"))
      .def("counts",
           [](const WireDecoder& d) {
             return py::make_tuple(d.counts.events, d.counts.out_of_range, d.counts.malformed,
                                   d.counts.lost_messages, d.counts.lost_events);
           })
      .def("sensor", [](const WireDecoder& d) { return sensor(d.state); });

  py::class_<UdpReceiver>(m, "UdpReceiver")
      .def(py::init(&open_receiver), py::arg("host"), py::arg("port"), py::arg("format"),
           py::arg("width"), py::arg("height"), py::arg("receive_buffer"), py::arg("ring"),
           py::arg("max_datagram"))
      .def_property_readonly("port", &UdpReceiver::port)
      .def_property_readonly("closed", &UdpReceiver::closed)
      .def("read", &read, py::arg("timeout_s"), py::arg("max_events"))
      .def("stats", &stats)
      .def("sensor", [](UdpReceiver& r) { return sensor(r.sensor()); })
      .def("close", &UdpReceiver::close, py::call_guard<WaitingRelease>());

  py::class_<UdpSender>(m, "UdpSender")
      .def(py::init(&open_sender), py::arg("host"), py::arg("port"), py::arg("format"),
           py::arg("packet_events"), py::arg("max_rate"), py::arg("send_buffer"))
      .def("send", &send, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("step"))
      .def("set_sensor", [](UdpSender& s, int64_t width, int64_t height,
                            const py::object& t0) { s.set_sensor(width, height, origin(t0)); })
      .def("stats", &sender_stats)
      .def("close", &UdpSender::close);
}

}  // namespace nk::py_bindings
