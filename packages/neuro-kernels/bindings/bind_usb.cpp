#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "neuro_kernels/usb/byte_log.hpp"
#include "neuro_kernels/usb/device.hpp"
#include "neuro_kernels/usb/library.hpp"
#include "neuro_kernels/usb/stream.hpp"

namespace py = pybind11;
using namespace py::literals;

namespace nk::py_bindings {
namespace {

constexpr int kMaxTransfer = 1 << 20;  // bytes of one synchronous transfer

// Raises _kernels.UsbError(libusb's number, message), an OSError.
[[noreturn]] void raise(int code, const std::string& message) {
  const py::object type = py::module_::import("neuro_kernels._kernels").attr("UsbError");
  PyErr_SetObject(type.ptr(), py::make_tuple(code, message).ptr());
  throw py::error_already_set();
}

// A stream with what must outlive it.
struct Stream {
  Stream(std::shared_ptr<UsbDevice> d, UsbStreamPtr s)
      : device(std::move(d)), stream(std::move(s)) {}
  ~Stream() {
    const py::gil_scoped_release release;
    stream->stop();
    stream->set_log(nullptr);
    if (stream->busy()) new std::shared_ptr<UsbDevice>(device);  // left to the system for ever
    stream.reset();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::shared_ptr<UsbDevice> device;
  UsbStreamPtr stream;
  std::shared_ptr<ByteLog> log;
};

py::dict described(const UsbDeviceInfo& info) {
  py::list interfaces;
  for (int i = 0; i < info.interfaces_count; ++i) {
    const UsbInterface& d = info.interfaces[i];
    py::list endpoints;
    for (int k = 0; k < std::min(d.endpoints_count, UsbInterface::kMaxEndpoints); ++k)
      endpoints.append(py::make_tuple(d.endpoints[k].address, d.endpoints[k].attributes,
                                      d.endpoints[k].max_packet_size));
    interfaces.append(
        py::dict("number"_a = d.number, "setting"_a = d.alternate_setting,
                 "kind"_a = py::make_tuple(d.interface_class, d.interface_subclass, d.protocol),
                 "endpoints"_a = endpoints));
  }
  return py::dict(
      "bus"_a = info.bus, "address"_a = info.address, "vendor_id"_a = info.vendor,
      "product_id"_a = info.product, "version"_a = info.device_version, "speed"_a = info.speed,
      "text_indices"_a =
          py::make_tuple(info.manufacturer_index, info.product_index, info.serial_index),
      "interfaces"_a = interfaces);
}

std::unique_ptr<UsbLibrary> load(const std::string& path) {
  UsbError error;
  UsbLibrary* library = UsbLibrary::load(path.c_str(), error);
  if (library == nullptr) raise(error.code, error.message);
  return std::unique_ptr<UsbLibrary>(library);
}

py::list devices(const UsbLibrary& library) {
  std::vector<UsbDeviceInfo> found(16);
  int32_t n;
  {
    const py::gil_scoped_release release;
    n = usb_devices(library, found.data(), static_cast<int32_t>(found.size()));
    if (n > static_cast<int32_t>(found.size())) {
      found.resize(static_cast<size_t>(n));
      n = std::min(n, usb_devices(library, found.data(), n));
    }
  }
  if (n < 0) raise(n, library.f.error_name(n));
  py::list list;
  for (int32_t i = 0; i < n; ++i) list.append(described(found[static_cast<size_t>(i)]));
  return list;
}

std::shared_ptr<UsbDevice> open(const UsbLibrary& library, int bus, int address) {
  UsbError error;
  UsbDevice* device;
  {
    const py::gil_scoped_release release;
    device =
        UsbDevice::open(library, static_cast<uint8_t>(bus), static_cast<uint8_t>(address), error);
  }
  if (device == nullptr) raise(error.code, error.message);
  return std::shared_ptr<UsbDevice>(device);
}

void check(const UsbDevice& device, int status) {
  if (status < 0) raise(status, device.functions().error_name(status));
}

std::vector<uint8_t> room(int length) {
  if (length < 0 || length > kMaxTransfer)
    throw py::value_error("length: expected 0 to " + std::to_string(kMaxTransfer) + ", got " +
                          std::to_string(length));
  return std::vector<uint8_t>(static_cast<size_t>(std::max(length, 1)));
}

// The bytes of any bytes-like object, kept apart: it may change while the GIL is not held.
std::vector<uint8_t> copied(const py::buffer& bytes_in) {
  Py_buffer view;
  if (PyObject_GetBuffer(bytes_in.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  const auto* first = static_cast<const uint8_t*>(view.buf);
  std::vector<uint8_t> data(first, first + view.len);
  PyBuffer_Release(&view);
  return data;
}

py::bytes bytes_of(const std::vector<uint8_t>& data, int n) {
  return {reinterpret_cast<const char*>(data.data()), static_cast<size_t>(n)};
}

py::bytes control_in(UsbDevice& device, uint8_t type, uint8_t request, uint16_t value,
                     uint16_t index, int length, uint32_t timeout_ms) {
  if (length > 0xFFFF) throw py::value_error("length: a control transfer has at most 65535 bytes");
  std::vector<uint8_t> data = room(length);
  int n;
  {
    const py::gil_scoped_release release;
    n = device.control(type | 0x80, request, value, index, data.data(),
                       static_cast<uint16_t>(length), timeout_ms);
  }
  check(device, n);
  return bytes_of(data, n);
}

void control_out(UsbDevice& device, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                 const py::buffer& bytes_in, uint32_t timeout_ms) {
  std::vector<uint8_t> data = copied(bytes_in);
  if (data.size() > 0xFFFF)
    throw py::value_error("data: a control transfer has at most 65535 bytes");
  uint8_t* bytes = data.data();
  int n;
  {
    const py::gil_scoped_release release;
    n = device.control(type & 0x7F, request, value, index, bytes,
                       static_cast<uint16_t>(data.size()), timeout_ms);
  }
  check(device, n);
}

py::bytes bulk_in(UsbDevice& device, uint8_t endpoint, int length, uint32_t timeout_ms) {
  std::vector<uint8_t> data = room(length);
  int n;
  {
    const py::gil_scoped_release release;
    n = device.bulk(endpoint | 0x80, data.data(), length, timeout_ms);
  }
  check(device, n);
  return bytes_of(data, n);
}

void bulk_out(UsbDevice& device, uint8_t endpoint, const py::buffer& bytes_in,
              uint32_t timeout_ms) {
  std::vector<uint8_t> data = copied(bytes_in);
  uint8_t* bytes = data.data();
  int n;
  {
    const py::gil_scoped_release release;
    n = device.bulk(endpoint & 0x7F, bytes, static_cast<int32_t>(data.size()), timeout_ms);
  }
  check(device, n);
  if (n != static_cast<int>(data.size()))
    raise(libusb::error_io,
          "only " + std::to_string(n) + " of " + std::to_string(data.size()) + " bytes were taken");
}

py::str text(UsbDevice& device, uint8_t index) {
  char out[256];
  int n;
  {
    const py::gil_scoped_release release;
    n = device.text(index, out, sizeof out);
  }
  check(device, n);
  return py::str(out);
}

std::unique_ptr<Stream> start_stream(const std::shared_ptr<UsbDevice>& device, uint8_t endpoint,
                                     int transfers, int64_t transfer_bytes, int capacity,
                                     bool drop_oldest) {
  if (transfers < 1 || transfers > 1024 || transfer_bytes < 512 ||
      transfer_bytes > (int64_t{1} << 24) || capacity < 1 || capacity > 1 << 20)
    throw py::value_error("stream: 1 to 1024 transfers of 512 to 2^24 bytes, 1 to 2^20 waiting");
  UsbStreamOptions options;
  options.transfers = transfers;
  options.transfer_bytes = transfer_bytes;
  options.capacity = capacity;
  options.drop = drop_oldest ? DropPolicy::oldest : DropPolicy::newest;
  UsbError error;
  UsbStreamPtr stream;
  {
    const py::gil_scoped_release release;
    stream = UsbStream::start(*device, endpoint, options, error);
  }
  if (stream == nullptr) raise(error.code, error.message);
  return std::make_unique<Stream>(device, std::move(stream));
}

// (bytes, sequence, monotonic_ns, wall_ns, lost_packets, lost_bytes), or None.
py::object next(Stream& s, double timeout_s) {
  TransferView view;
  // What waits is taken without giving up the GIL: to get it back takes milliseconds each time
  // where other threads compute, and the ring would fill up.
  bool found = s.stream->next(0, view);
  if (!found && timeout_s > 0) {
    const py::gil_scoped_release release;
    found = s.stream->next(static_cast<int64_t>(std::clamp(timeout_s, 0.0, 1e6) * 1e9), view);
  }
  if (PyErr_CheckSignals() != 0) {
    if (found) s.stream->release(view);
    throw py::error_already_set();
  }
  if (!found) return py::none();
  PyObject* data = PyBytes_FromStringAndSize(reinterpret_cast<const char*>(view.data),
                                             static_cast<Py_ssize_t>(view.bytes));
  s.stream->release(view);
  if (data == nullptr) throw py::error_already_set();
  return py::make_tuple(py::reinterpret_steal<py::bytes>(data), view.sequence, view.monotonic_ns,
                        view.wall_ns, view.lost_packets, view.lost_bytes);
}

const char* end_name(StreamEnd end) {
  switch (end) {
    case StreamEnd::stopped: return "stopped";
    case StreamEnd::unplugged: return "unplugged";
    case StreamEnd::failed: return "failed";
    default: return "running";
  }
}

py::dict stream_stats(const Stream& s) {
  const TransferCounts c = s.stream->counts();
  return py::dict("packets"_a = c.packets, "bytes"_a = c.bytes, "lost_packets"_a = c.lost_packets,
                  "lost_bytes"_a = c.lost_bytes, "gaps"_a = c.gaps, "errors"_a = c.errors,
                  "queued_packets"_a = c.queued_packets, "queued_bytes"_a = c.queued_bytes,
                  "high_water"_a = c.high_water, "capacity"_a = c.capacity,
                  "oldest_ns"_a = c.oldest_ns < 0 ? py::object(py::none()) : py::int_(c.oldest_ns),
                  "transfers"_a = s.stream->transfers());
}

void set_log(Stream& s, std::shared_ptr<ByteLog> log) {
  {
    const py::gil_scoped_release release;
    s.stream->set_log(log.get());
  }
  s.log = std::move(log);
}

py::dict log_counts(const ByteLogCounts& c) {
  return py::dict("packets"_a = c.packets, "bytes"_a = c.bytes,
                  "missing_packets"_a = c.missing_packets, "first_wall_ns"_a = c.first_wall_ns,
                  "first_monotonic_ns"_a = c.first_monotonic_ns,
                  "last_monotonic_ns"_a = c.last_monotonic_ns, "errno"_a = c.error);
}

py::dict finish_log(ByteLog& log) {
  ByteLogCounts counts;
  {
    const py::gil_scoped_release release;
    counts = log.finish();
  }
  return log_counts(counts);
}

}  // namespace

void bind_usb(py::module_& m) {
  py::exception<UsbError>(m, "UsbError", PyExc_OSError).attr("__doc__") =
      "What libusb reports: its error number and a message.";

  py::class_<UsbLibrary>(m, "UsbLibrary",
                         "libusb, loaded from a file when made; USB devices are opened through it.")
      .def(py::init(&load), py::arg("path"))
      .def_property_readonly("version",
                             [](const UsbLibrary& library) {
                               const libusb::Version* v = library.f.get_version();
                               return py::make_tuple(v->major, v->minor, v->micro);
                             })
      .def("devices", &devices)
      .def("open", &open, py::arg("bus"), py::arg("address"));

  py::class_<UsbDevice, std::shared_ptr<UsbDevice>>(
      m, "UsbDevice",
      "An open USB device with one claimed interface: control and bulk transfers, streams.")
      .def("claim",
           [](UsbDevice& device, int interface) {
             int status;
             {
               const py::gil_scoped_release release;
               status = device.claim(interface);
             }
             check(device, status);
           })
      .def("control_in", &control_in, py::arg("request_type"), py::arg("request"), py::arg("value"),
           py::arg("index"), py::arg("length"), py::arg("timeout_ms"))
      .def("control_out", &control_out, py::arg("request_type"), py::arg("request"),
           py::arg("value"), py::arg("index"), py::arg("data"), py::arg("timeout_ms"))
      .def("bulk_in", &bulk_in, py::arg("endpoint"), py::arg("length"), py::arg("timeout_ms"))
      .def("bulk_out", &bulk_out, py::arg("endpoint"), py::arg("data"), py::arg("timeout_ms"))
      .def("text", &text, py::arg("index"))
      .def("start_stream", &start_stream, py::arg("endpoint"), py::arg("transfers"),
           py::arg("transfer_bytes"), py::arg("capacity"), py::arg("drop_oldest"));

  py::class_<ByteLog, std::shared_ptr<ByteLog>>(
      m, "ByteLog", "A file that a stream writes its transfers into, without the GIL.")
      .def(py::init<int, int64_t>(), py::arg("descriptor"), py::arg("limit"))
      .def("finish", &finish_log)
      .def("counts", [](const ByteLog& log) { return log_counts(log.counts()); });

  py::class_<Stream>(
      m, "UsbStream",
      "Bulk transfers kept in flight by a thread of their own, and a ring of what arrived.")
      .def("next", &next, py::arg("timeout_s"))
      .def_property_readonly("end",
                             [](const Stream& s) {
                               return py::make_tuple(end_name(s.stream->end()),
                                                     s.stream->end_code());
                             })
      .def("stats", &stream_stats)
      .def("set_log", &set_log, py::arg("log"))
      .def("clear_log", [](Stream& s) { set_log(s, nullptr); })
      .def("stop", [](Stream& s) { s.stream->stop(); }, py::call_guard<py::gil_scoped_release>());
}

}  // namespace nk::py_bindings
