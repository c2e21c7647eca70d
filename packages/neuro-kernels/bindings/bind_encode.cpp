#include <pybind11/stl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "arrays.hpp"
#include "bytes.hpp"
#include "neuro_kernels/codecs/encoder.hpp"
#include "text_layout.hpp"

namespace nk::py_bindings {
namespace {

class PyEncoder {
 public:
  explicit PyEncoder(std::unique_ptr<Encoder> encoder) : encoder_(std::move(encoder)) {}

  // Returns (bytes, events taken, error): fewer events than given only with an error.
  py::tuple feed(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                 const Array<uint8_t>& p, const std::optional<Array<uint8_t>>& rgb) {
    const Columns all = columns(t, x, y, p);
    const uint8_t* const colors = colors_of(rgb, all.n);
    Growing out(4 * all.n + Encoder::kRoom);
    EncodeProgress done;
    int64_t i = 0;
    do {
      out.reserve(Encoder::kRoom);
      uint8_t* const to = out.end();
      const int64_t room = out.room();
      const Columns rest{all.t + i, all.x + i, all.y + i, all.p + i, all.n - i};
      {
        py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        done = encoder_->encode(rest, colors == nullptr ? nullptr : colors + 3 * i, to, room);
      }
      out.took(done.bytes);
      i += done.events;
    } while (i < all.n && done.error == EncodeError::none);
    return py::make_tuple(out.take(), i, static_cast<int>(done.error));
  }

  // Encodes events from `start` on into memory that is there; returns (bytes, events, error): fewer
  // events than were left and no error mean that the memory is full.
  py::tuple feed_into(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                      const Array<uint8_t>& p, const std::optional<Array<uint8_t>>& rgb,
                      int64_t start, Array<uint8_t>& out) {
    const Columns all = columns(t, x, y, p);
    if (start < 0 || start > all.n) throw py::value_error("start lies outside the columns");
    if (out.size() < Encoder::kRoom)
      throw py::value_error("out: expected at least " + std::to_string(Encoder::kRoom) + " bytes");
    const uint8_t* const colors = colors_of(rgb, all.n);
    uint8_t* const to = out.mutable_data();
    const int64_t room = out.size();
    const Columns rest{all.t + start, all.x + start, all.y + start, all.p + start, all.n - start};
    EncodeProgress done;
    {
      py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      done = encoder_->encode(rest, colors == nullptr ? nullptr : colors + 3 * start, to, room);
    }
    return py::make_tuple(done.bytes, done.events, static_cast<int>(done.error));
  }

  // Returns (bytes, error).
  py::tuple trigger(int64_t t, uint32_t id, uint32_t value) {
    Growing out(Encoder::kRoom);
    EncodeProgress done;
    do {
      out.reserve(Encoder::kRoom);
      const std::lock_guard lock(mutex_);
      done = encoder_->trigger(t, id, value, out.end(), out.room());
      out.took(done.bytes);
    } while (done.events == 0 && done.error == EncodeError::none);
    return py::make_tuple(out.take(), static_cast<int>(done.error));
  }

  py::bytes finish() {
    Growing out(Encoder::kRoom);
    int64_t n = 0;
    do {
      out.reserve(Encoder::kRoom);
      const std::lock_guard lock(mutex_);
      n = encoder_->finish(out.end(), out.room());
      out.took(n);
    } while (n > 0);
    return out.take();
  }

 private:
  const uint8_t* colors_of(const std::optional<Array<uint8_t>>& rgb, int64_t n) const {
    if (!encoder_->needs_colors()) return nullptr;
    if (!rgb || rgb->size() != 3 * n)
      throw py::value_error("colours: expected 3 bytes for each event");
    return rgb->data();
  }

  std::unique_ptr<Encoder> encoder_;
  std::mutex mutex_;
};

}  // namespace

void bind_encode(py::module_& m) {
  py::class_<PyEncoder>(m, "Encoder")
      .def("feed", &PyEncoder::feed, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("rgb").noconvert())
      .def("feed_into", &PyEncoder::feed_into, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("rgb").noconvert(),
           py::arg("start"), py::arg("out").noconvert())
      .def("trigger", &PyEncoder::trigger, py::arg("t"), py::arg("id"), py::arg("value"))
      .def("finish", &PyEncoder::finish);
  m.def("evt21_encoder", [](int32_t width, int32_t height, bool upper_first) {
    return std::make_unique<PyEncoder>(make_evt21_encoder(width, height, upper_first));
  });
  m.def("text_encoder", [](int32_t width, int32_t height, const py::tuple& layout) {
    return std::make_unique<PyEncoder>(make_text_encoder(width, height, text_layout(layout)));
  });
  m.def("evt2_encoder", [](int32_t width, int32_t height) {
    return std::make_unique<PyEncoder>(make_evt2_encoder(width, height));
  });
  m.def("evt3_encoder", [](int32_t width, int32_t height) {
    return std::make_unique<PyEncoder>(make_evt3_encoder(width, height));
  });
  m.def("dat_encoder", [](int32_t width, int32_t height, int kind) {
    return std::make_unique<PyEncoder>(make_dat_encoder(width, height, static_cast<DatKind>(kind)));
  });
  m.def("es_encoder", [](int32_t width, int32_t height, int kind, int64_t t0) {
    return std::make_unique<PyEncoder>(
        make_es_encoder(width, height, static_cast<EsKind>(kind), t0));
  });
}

}  // namespace nk::py_bindings
