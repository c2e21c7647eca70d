#include <memory>
#include <mutex>
#include <utility>

#include "arrays.hpp"
#include "bytes.hpp"
#include "neuro_kernels/words/decoder.hpp"

namespace nk::py_bindings {
namespace {

template <class T>
py::array head(const Array<T>& all, int64_t n) {
  const py::object part = all[py::slice(0, n, 1)];
  // Do not keep much more memory alive than the rows need.
  return 2 * n < all.size() ? part.attr("copy")() : py::array(part);
}

class PyWordDecoder {
 public:
  explicit PyWordDecoder(std::unique_ptr<WordDecoder> decoder) : decoder_(std::move(decoder)) {}

  // Returns (t, x, y, p, side t, side word, untimed, reset).
  py::tuple feed(const py::object& object) {
    const Bytes bytes(object);
    WordRoom room;
    std::unique_lock lock(mutex_, std::defer_lock);
    {
      py::gil_scoped_release release;
      lock.lock();
      room = decoder_->room(bytes.data(), bytes.size());
    }
    Array<int64_t> t(room.events), side_t(room.side);
    Array<uint16_t> x(room.events), y(room.events), side_word(room.side);
    Array<uint8_t> p(room.events);
    const MutableColumns to = mutable_columns(t, x, y, p);
    const SideColumns side{side_t.mutable_data(), side_word.mutable_data(), room.side};
    WordProgress done;
    {
      py::gil_scoped_release release;
      done = decoder_->decode(bytes.data(), bytes.size(), to, side);
      lock.unlock();
    }
    return py::make_tuple(head(t, done.events), head(x, done.events), head(y, done.events),
                          head(p, done.events), head(side_t, done.side), head(side_word, done.side),
                          done.untimed, done.reset);
  }

  int64_t lose() {
    py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return decoder_->lose();
  }

  py::dict counts() {
    DecodeCounts counts;
    {
      py::gil_scoped_release release;  // `feed` may hold the mutex while it waits for the lock
      const std::lock_guard lock(mutex_);
      counts = decoder_->counts();
    }
    return counts_dict(counts);
  }

 private:
  std::unique_ptr<WordDecoder> decoder_;
  std::mutex mutex_;
};

template <std::unique_ptr<WordDecoder> (*make)(const WordSensor&)>
std::unique_ptr<PyWordDecoder> made(int32_t columns, int32_t rows, bool invert) {
  return std::make_unique<PyWordDecoder>(make({columns, rows, invert}));
}

}  // namespace

void bind_words(py::module_& m) {
  py::class_<PyWordDecoder>(m, "WordDecoder")
      .def("feed", &PyWordDecoder::feed, py::arg("data"))
      .def("lose", &PyWordDecoder::lose)
      .def("counts", &PyWordDecoder::counts);
  m.def("davis_words", &made<make_davis_decoder>, py::arg("columns"), py::arg("rows"),
        py::arg("invert"));
  m.def("dvx_words", &made<make_dvx_decoder>, py::arg("columns"), py::arg("rows"),
        py::arg("invert"));
  m.def("dvs128_words", &made<make_dvs128_decoder>, py::arg("columns"), py::arg("rows"),
        py::arg("invert"));
  m.def("edvs_words", &made<make_edvs_decoder>, py::arg("columns"), py::arg("rows"),
        py::arg("invert"));
}

}  // namespace nk::py_bindings
