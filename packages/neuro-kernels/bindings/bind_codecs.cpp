#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bytes.hpp"
#include "neuro_kernels/codecs/decoder.hpp"
#include "text_layout.hpp"

namespace nk::py_bindings {

py::dict counts_dict(const DecodeCounts& c) {
  py::dict d;
  d["bytes_read"] = c.bytes_read;
  d["bytes_skipped"] = c.bytes_skipped;
  d["events"] = c.events;
  d["triggers"] = c.triggers;
  d["out_of_range"] = c.out_of_range;
  d["before_time"] = c.before_time;
  d["time_errors"] = c.time_errors;
  d["unknown_words"] = c.unknown_words;
  d["other_words"] = c.other_words;
  d["truncated_bytes"] = c.truncated_bytes;
  d["first_problem_offset"] =
      c.first_problem < 0 ? py::object(py::none()) : py::object(py::int_(c.first_problem));
  return d;
}

namespace {

struct Grown {
  std::vector<int64_t> t;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;

  void clear() { *this = Grown{}; }
};

class PyDecoder {
 public:
  explicit PyDecoder(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

  int64_t bound(const py::object& object) {
    const Bytes bytes(object);
    py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return decoder_->bound(bytes.data(), bytes.size());
  }

  // Decodes into rows [start, ...) of the columns; returns (bytes consumed, events written).
  std::pair<int64_t, int64_t> feed_into(const py::object& object, Array<int64_t>& t,
                                        Array<uint16_t>& x, Array<uint16_t>& y, Array<uint8_t>& p,
                                        int64_t start) {
    const Bytes bytes(object);
    MutableColumns to = mutable_columns(t, x, y, p);
    if (start < 0 || start > to.capacity) throw py::value_error("start lies outside the columns");
    to = {to.t + start, to.x + start, to.y + start, to.p + start, to.capacity - start};
    py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return run(bytes.data(), bytes.size(), to);
  }

  // Decodes into fresh columns of the exact length.
  py::tuple feed(const py::object& object) {
    const Bytes bytes(object);
    int64_t room = 0;
    {
      py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      room = decoder_->bound(bytes.data(), bytes.size());
    }
    // A little more than needed: near the end of the columns the decoders take single steps.
    room += 64;
    Array<int64_t> t(room);
    Array<uint16_t> x(room), y(room);
    Array<uint8_t> p(room);
    const auto [consumed, n] = feed_into(object, t, x, y, p, 0);
    if (consumed != bytes.size()) throw std::runtime_error("the decoder's bound is too small");
    const py::slice range(0, n, 1);
    if (2 * n < room)  // do not keep much more memory alive than the events need
      return py::make_tuple(py::array(t[range]).attr("copy")(), py::array(x[range]).attr("copy")(),
                            py::array(y[range]).attr("copy")(), py::array(p[range]).attr("copy")());
    return py::make_tuple(t[range], x[range], y[range], p[range]);
  }

  // Decodes what the end of the bytes completes, into row `start`; returns the events written.
  int64_t finish_into(Array<int64_t>& t, Array<uint16_t>& x, Array<uint16_t>& y, Array<uint8_t>& p,
                      int64_t start) {
    MutableColumns to = mutable_columns(t, x, y, p);
    if (start < 0 || start >= to.capacity) throw py::value_error("start lies outside the columns");
    const std::lock_guard lock(mutex_);
    DecodeOutput out;
    out.events = {to.t + start, to.x + start, to.y + start, to.p + start, to.capacity - start};
    const DecodeProgress done = decoder_->flush(out);
    decoder_->finish();
    return done.events;
  }

  py::dict counts() { return counts_dict(decoder_->counts()); }

  // A decoder that goes on from the same place; what was not fetched stays here.
  std::unique_ptr<PyDecoder> copy() {
    const std::lock_guard lock(mutex_);
    return std::make_unique<PyDecoder>(decoder_->clone());
  }

  py::tuple triggers() {
    const std::lock_guard lock(mutex_);
    py::tuple out =
        py::make_tuple(to_array(trigger_t_), to_array(trigger_id_), to_array(trigger_value_));
    trigger_t_ = {};
    trigger_id_ = {};
    trigger_value_ = {};
    return out;
  }

  py::array_t<uint8_t> colors() {
    const std::lock_guard lock(mutex_);
    py::array_t<uint8_t> out({static_cast<py::ssize_t>(rgb_.size() / 3), py::ssize_t{3}});
    std::copy(rgb_.begin(), rgb_.end(), out.mutable_data());
    rgb_ = {};
    return out;
  }

  py::tuple exposures() {
    const std::lock_guard lock(mutex_);
    py::tuple out = py::make_tuple(to_array(exposures_.t), to_array(exposures_.x),
                                   to_array(exposures_.y), to_array(exposures_.p));
    exposures_.clear();
    return out;
  }

 private:
  // Runs the decoder until the bytes are used up or the event columns are full, and keeps what is
  // not an event for later.
  std::pair<int64_t, int64_t> run(const uint8_t* data, int64_t n, MutableColumns to) {
    int64_t consumed = 0, written = 0;
    constexpr int64_t side = 1024;
    int64_t trigger_t[side];
    uint8_t trigger_id[side], trigger_value[side];
    std::vector<int64_t> et;
    std::vector<uint16_t> ex, ey;
    std::vector<uint8_t> ep;
    if (decoder_->has_exposures()) {
      et.resize(side), ex.resize(side), ey.resize(side), ep.resize(side);
    }
    do {
      DecodeOutput out;
      out.events = {to.t + written, to.x + written, to.y + written, to.p + written,
                    to.capacity - written};
      out.triggers = {trigger_t, trigger_id, trigger_value, side};
      const size_t colored = rgb_.size();
      if (decoder_->has_colors()) {
        out.events.capacity =
            std::min(out.events.capacity, decoder_->bound(data + consumed, n - consumed));
        rgb_.resize(colored + 3 * static_cast<size_t>(out.events.capacity));
        out.rgb = rgb_.data() + colored;
      }
      out.exposures = {et.data(), ex.data(), ey.data(), ep.data(), static_cast<int64_t>(et.size())};
      const DecodeProgress done = decoder_->decode(data + consumed, n - consumed, out);
      if (decoder_->has_colors()) rgb_.resize(colored + 3 * static_cast<size_t>(done.events));
      trigger_t_.insert(trigger_t_.end(), trigger_t, trigger_t + done.triggers);
      trigger_id_.insert(trigger_id_.end(), trigger_id, trigger_id + done.triggers);
      trigger_value_.insert(trigger_value_.end(), trigger_value, trigger_value + done.triggers);
      exposures_.t.insert(exposures_.t.end(), et.begin(), et.begin() + done.exposures);
      exposures_.x.insert(exposures_.x.end(), ex.begin(), ex.begin() + done.exposures);
      exposures_.y.insert(exposures_.y.end(), ey.begin(), ey.begin() + done.exposures);
      exposures_.p.insert(exposures_.p.end(), ep.begin(), ep.begin() + done.exposures);
      consumed += done.bytes;
      written += done.events;
      const bool side_full = done.triggers == side || done.exposures == side;
      if (!side_full && consumed < n) break;  // the event columns are full
    } while (consumed < n);
    return {consumed, written};
  }

  std::unique_ptr<Decoder> decoder_;
  std::mutex mutex_;
  std::vector<int64_t> trigger_t_;
  std::vector<uint8_t> trigger_id_, trigger_value_, rgb_;
  Grown exposures_;
};

}  // namespace

void bind_codecs(py::module_& m) {
  py::class_<PyDecoder>(m, "Decoder")
      .def("bound", &PyDecoder::bound, py::arg("data"))
      .def("feed", &PyDecoder::feed, py::arg("data"))
      .def("feed_into", &PyDecoder::feed_into, py::arg("data"), py::arg("t").noconvert(),
           py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("p").noconvert(),
           py::arg("start"))
      .def("finish_into", &PyDecoder::finish_into, py::arg("t").noconvert(),
           py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("p").noconvert(),
           py::arg("start"))
      .def("counts", &PyDecoder::counts)
      .def("copy", &PyDecoder::copy)
      .def("triggers", &PyDecoder::triggers)
      .def("colors", &PyDecoder::colors)
      .def("exposures", &PyDecoder::exposures);

  m.def("evt2_decoder", [](int32_t width, int32_t height) {
    return std::make_unique<PyDecoder>(make_evt2_decoder(width, height));
  });
  m.def("evt21_decoder", [](int32_t width, int32_t height, bool upper_first) {
    return std::make_unique<PyDecoder>(make_evt21_decoder(width, height, upper_first));
  });
  m.def("evt4_decoder", [](int32_t width, int32_t height) {
    return std::make_unique<PyDecoder>(make_evt4_decoder(width, height));
  });
  m.def("evt3_decoder", [](int32_t width, int32_t height) {
    return std::make_unique<PyDecoder>(make_evt3_decoder(width, height));
  });
  m.def("dat_decoder", [](int32_t width, int32_t height, int kind) {
    return std::make_unique<PyDecoder>(make_dat_decoder(width, height, static_cast<DatKind>(kind)));
  });
  m.def("es_decoder", [](int32_t width, int32_t height, int kind, int64_t t0) {
    return std::make_unique<PyDecoder>(
        make_es_decoder(width, height, static_cast<EsKind>(kind), t0));
  });
  m.def("text_decoder", [](int32_t width, int32_t height, const py::tuple& layout) {
    return std::make_unique<PyDecoder>(make_text_decoder(width, height, text_layout(layout)));
  });
}

}  // namespace nk::py_bindings
