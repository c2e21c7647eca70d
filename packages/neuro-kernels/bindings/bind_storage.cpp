#include <mutex>

#include "arrays.hpp"
#include "bytes.hpp"
#include "neuro_kernels/codecs/ecf.hpp"
#include "neuro_kernels/codecs/event_packets.hpp"
#include "neuro_kernels/codecs/lz4.hpp"

namespace nk::py_bindings {
namespace {

py::bytes compress(const py::object& object) {
  const Bytes bytes(object);
  Growing out(lz4_bound(bytes.size()));
  int64_t n = 0;
  {
    py::gil_scoped_release release;
    n = lz4_compress(bytes.data(), bytes.size(), out.end());
  }
  out.took(n);
  return out.take();
}

// Returns (status, bytes written, bytes consumed).
py::tuple decompress_into(const py::object& object, Array<uint8_t>& out) {
  const Bytes bytes(object);
  uint8_t* const to = out.mutable_data();
  const int64_t capacity = out.size();
  Lz4Result done;
  {
    py::gil_scoped_release release;
    done = lz4_decompress(bytes.data(), bytes.size(), to, capacity);
  }
  return py::make_tuple(static_cast<int>(done.status), done.bytes, done.consumed);
}

class PyRecordDecoder {
 public:
  PyRecordDecoder(int32_t width, int32_t height) {
    constexpr int32_t most = 32768;  // coordinates are signed
    state_.width = width > 0 && width < most ? width : most;
    state_.height = height > 0 && height < most ? height : most;
  }

  // Decodes `n` records from byte `offset` on into row `start`; returns the events written, and how
  // many were left out and how many are earlier than the one before them.
  py::tuple feed_into(const py::object& object, int64_t offset, int64_t n, Array<int64_t>& t,
                      Array<uint16_t>& x, Array<uint16_t>& y, Array<uint8_t>& p, int64_t start) {
    const Bytes bytes(object);
    MutableColumns to = mutable_columns(t, x, y, p);
    if (offset < 0 || n < 0 || offset > bytes.size() || n > (bytes.size() - offset) / 16)
      throw py::value_error("records reach beyond the bytes");
    if (start < 0 || start > to.capacity || n > to.capacity - start)
      throw py::value_error("the columns have no room for the records");
    to = {to.t + start, to.x + start, to.y + start, to.p + start, to.capacity - start};
    int64_t written = 0, outside = 0, back = 0;
    {
      py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      const DecodeCounts before = state_.counts;
      written = event_record_kernels().decode(state_, bytes.data() + offset, n, to);
      outside = state_.counts.out_of_range - before.out_of_range;
      back = state_.counts.time_errors - before.time_errors;
    }
    return py::make_tuple(written, outside, back);
  }

  // Decodes whole packets of one stream into row `start` and on; returns (bytes, events, outside,
  // back, place of the last packet).
  py::tuple packets_into(const py::object& object, int32_t stream, bool lz4,
                         Array<uint8_t>& scratch, Array<int64_t>& t, Array<uint16_t>& x,
                         Array<uint16_t>& y, Array<uint8_t>& p, int64_t start) {
    const Bytes bytes(object);
    MutableColumns to = mutable_columns(t, x, y, p);
    if (start < 0 || start > to.capacity) throw py::value_error("start lies outside the columns");
    to = {to.t + start, to.x + start, to.y + start, to.p + start, to.capacity - start};
    uint8_t* const room = scratch.mutable_data();
    const int64_t room_size = scratch.size();
    PacketRun run;
    {
      py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      run =
          read_event_packets(state_, stream, lz4, bytes.data(), bytes.size(), room, room_size, to);
    }
    return py::make_tuple(run.bytes, run.events, run.outside, run.back, run.last);
  }

  const DecodeCounts& counts() const { return state_.counts; }

 private:
  EventRecordState state_;
  std::mutex mutex_;
};

// Writes `head` and the events as records into `out`, as one LZ4 frame if `lz4`; returns (bytes
// written, earliest and latest time, largest x and y).
py::tuple pack_records(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                       const Array<uint8_t>& p, const py::bytes& head, bool lz4,
                       Array<uint8_t>& scratch, Array<uint8_t>& out) {
  const Columns events = columns(t, x, y, p);
  const Bytes before(head);
  const int64_t n = before.size() + 16 * events.n;
  if (out.size() < (lz4 ? lz4_bound(n) : n) || (lz4 && scratch.size() < n))
    throw py::value_error("the memory has no room for the records");
  uint8_t* const to = out.mutable_data();
  uint8_t* const plain = lz4 ? scratch.mutable_data() : to;
  if (before.size() > 0) std::copy(before.data(), before.data() + before.size(), plain);
  int64_t written = n;
  EventExtent extent;
  {
    py::gil_scoped_release release;
    const EventRecordKernels& kernels = event_record_kernels();
    extent = kernels.extent(events);
    kernels.encode(events, plain + before.size());
    if (lz4) written = lz4_compress_records(plain, n, to);
  }
  return py::make_tuple(written, extent.first, extent.last, extent.x, extent.y);
}

// Writes packets of `each` events, from event `start` on, as long as they are whole (or are the
// last, where `rest`) and `out` has room; returns (bytes, events taken, largest x and y, rows of
// size, events, earliest and latest time).
py::tuple pack_packets(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                       const Array<uint8_t>& p, int64_t start, int64_t each, bool rest,
                       int32_t stream, bool lz4, Array<uint8_t>& scratch, Array<uint8_t>& out) {
  const Columns all = columns(t, x, y, p);
  if (start < 0 || start > all.n) throw py::value_error("start lies outside the columns");
  if (each < 1 || each > (1 << 20)) throw py::value_error("each: expected 1 to 1048576 events");
  const int64_t most = event_packet_bound(each, lz4);
  if (out.size() < most || (lz4 && scratch.size() < event_packet_content(each)))
    throw py::value_error("the memory has no room for a packet");
  uint8_t* const to = out.mutable_data();
  uint8_t* const room = scratch.mutable_data();
  const int64_t capacity = out.size();
  std::vector<int64_t> rows;
  int64_t bytes = 0, i = start, width = 0, height = 0;
  {
    py::gil_scoped_release release;
    while (i < all.n && capacity - bytes >= most) {
      const int64_t n = std::min(each, all.n - i);
      if (n < each && !rest) break;
      PacketEntry entry;
      EventExtent extent;
      bytes += write_event_packet({all.t + i, all.x + i, all.y + i, all.p + i, n}, stream, lz4,
                                  room, to + bytes, entry, extent);
      rows.insert(rows.end(), {entry.size, entry.n, entry.first, entry.last});
      width = std::max(width, extent.x);
      height = std::max(height, extent.y);
      i += n;
    }
  }
  py::array_t<int64_t> table({static_cast<py::ssize_t>(rows.size() / 4), py::ssize_t{4}});
  std::copy(rows.begin(), rows.end(), table.mutable_data());
  return py::make_tuple(bytes, i - start, width, height, table);
}

py::bytes encode_records(const Array<int64_t>& t, const Array<uint16_t>& x,
                         const Array<uint16_t>& y, const Array<uint8_t>& p, const py::bytes& head) {
  const Columns events = columns(t, x, y, p);
  const Bytes before(head);
  Growing out(before.size() + 16 * events.n);
  uint8_t* const to = out.end();
  if (before.size() > 0) std::copy(before.data(), before.data() + before.size(), to);
  {
    py::gil_scoped_release release;
    event_record_kernels().encode(events, to + before.size());
  }
  out.took(out.room());
  return out.take();
}

int64_t ecf_count_of(const py::object& object) {
  const Bytes bytes(object);
  return ecf_count(bytes.data(), bytes.size());
}

int64_t ecf_decode_into(const py::object& object, Array<int64_t>& t, Array<uint16_t>& x,
                        Array<uint16_t>& y, Array<uint8_t>& p, int64_t start) {
  const Bytes bytes(object);
  MutableColumns to = mutable_columns(t, x, y, p);
  if (start < 0 || start > to.capacity) throw py::value_error("start lies outside the columns");
  to = {to.t + start, to.x + start, to.y + start, to.p + start, to.capacity - start};
  py::gil_scoped_release release;
  return ecf_decode(bytes.data(), bytes.size(), to);
}

py::bytes ecf_encode_chunk(const Array<int64_t>& t, const Array<uint16_t>& x,
                           const Array<uint16_t>& y, const Array<uint8_t>& p) {
  const Columns events = columns(t, x, y, p);
  if (events.n < 1 || events.n > kEcfMost) throw py::value_error("a chunk holds 1 to 65535 events");
  Growing out(ecf_bound(events.n));
  int64_t n = 0;
  {
    py::gil_scoped_release release;
    n = ecf_encode(events, out.end());
  }
  out.took(n);
  return out.take();
}

}  // namespace

void bind_storage(py::module_& m) {
  m.def("lz4_compress", &compress, py::arg("data"));
  m.def("lz4_decompress_into", &decompress_into, py::arg("data"), py::arg("out").noconvert());
  py::class_<PyRecordDecoder>(m, "RecordDecoder")
      .def(py::init<int32_t, int32_t>(), py::arg("width"), py::arg("height"))
      .def("feed_into", &PyRecordDecoder::feed_into, py::arg("data"), py::arg("offset"),
           py::arg("n"), py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("start"))
      .def("packets_into", &PyRecordDecoder::packets_into, py::arg("data"), py::arg("stream"),
           py::arg("lz4"), py::arg("scratch").noconvert(), py::arg("t").noconvert(),
           py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("p").noconvert(),
           py::arg("start"))
      .def("counts", [](const PyRecordDecoder& self) { return counts_dict(self.counts()); });
  m.def("encode_records", &encode_records, py::arg("t").noconvert(), py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("head"));
  m.def("pack_records", &pack_records, py::arg("t").noconvert(), py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("head"), py::arg("lz4"),
        py::arg("scratch").noconvert(), py::arg("out").noconvert());
  m.def("pack_packets", &pack_packets, py::arg("t").noconvert(), py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("start"), py::arg("each"),
        py::arg("rest"), py::arg("stream"), py::arg("lz4"), py::arg("scratch").noconvert(),
        py::arg("out").noconvert());
  m.def("event_packet_bound", &event_packet_bound, py::arg("n"), py::arg("lz4"));
  m.def("lz4_bound", &lz4_bound, py::arg("n"));
  m.def("ecf_count", &ecf_count_of, py::arg("data"));
  m.def("ecf_decode_into", &ecf_decode_into, py::arg("data"), py::arg("t").noconvert(),
        py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("p").noconvert(),
        py::arg("start"));
  m.def("ecf_encode", &ecf_encode_chunk, py::arg("t").noconvert(), py::arg("x").noconvert(),
        py::arg("y").noconvert(), py::arg("p").noconvert());
}

}  // namespace nk::py_bindings
