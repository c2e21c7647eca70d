#include <mutex>
#include <vector>

#include "arrays.hpp"
#include "bytes.hpp"
#include "neuro_kernels/codecs/encoder.hpp"

namespace nk::py_bindings {
namespace {

class PyPayloadDecoder {
 public:
  explicit PyPayloadDecoder(int64_t t0) { state_.t = t0; }

  void feed(const py::object& object) {
    const Bytes bytes(object);
    py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    constexpr int64_t side = 1024;
    int64_t t[side], end[side];
    int64_t consumed = 0;
    while (consumed < bytes.size()) {
      const size_t before = payload_.size();
      payload_.resize(before + static_cast<size_t>(bytes.size() - consumed));
      const EsGenericProgress done =
          es_generic_decode(state_, bytes.data() + consumed, bytes.size() - consumed,
                            {t, end, side, payload_.data() + before});
      payload_.resize(before + static_cast<size_t>(done.payload_bytes));
      for (int64_t i = 0; i < done.payloads; ++i) {
        t_.push_back(t[i]);
        end_.push_back(static_cast<int64_t>(before) + end[i]);
      }
      consumed += done.bytes;
    }
  }

  void finish() {
    const std::lock_guard lock(mutex_);
    es_generic_finish(state_);
  }

  // Times, ends and bytes of the payloads that are complete; the rest stays for later.
  py::tuple payloads() {
    const std::lock_guard lock(mutex_);
    const size_t complete = end_.empty() ? 0 : static_cast<size_t>(end_.back());
    py::tuple out =
        py::make_tuple(to_array(t_), to_array(end_),
                       py::bytes(reinterpret_cast<const char*>(payload_.data()), complete));
    t_.clear();
    end_.clear();
    payload_.erase(payload_.begin(), payload_.begin() + static_cast<std::ptrdiff_t>(complete));
    return out;
  }

  py::dict counts() { return counts_dict(state_.counts); }

 private:
  EsGenericState state_;
  std::mutex mutex_;
  std::vector<int64_t> t_, end_;
  std::vector<uint8_t> payload_;
};

py::tuple encode_payloads(const Array<int64_t>& t, const Array<int64_t>& end,
                          const py::object& object, int64_t time) {
  const Bytes bytes(object);
  const int64_t n = t.size();
  if (end.size() != n) throw py::value_error("times and ends differ in length");
  for (int64_t i = 0; i < n; ++i)
    if (end.data()[i] < (i == 0 ? 0 : end.data()[i - 1]) || end.data()[i] > bytes.size())
      throw py::value_error("payload ends must rise and stay inside the bytes");
  Growing out(bytes.size() + 4 * n + Encoder::kRoom);
  int64_t i = 0;
  EncodeProgress done;
  do {
    const int64_t begin = i == 0 ? 0 : end.data()[i - 1];
    const int64_t next = i < n ? end.data()[i] - begin : 0;
    out.reserve(next + Encoder::kRoom);
    std::vector<int64_t> ends(end.data() + i, end.data() + n);
    for (int64_t& e : ends) e -= begin;
    done = es_generic_encode(time, t.data() + i, ends.data(), bytes.data() + begin, n - i,
                             out.end(), out.room());
    out.took(done.bytes);
    i += done.events;
  } while (i < n && done.error == EncodeError::none);
  return py::make_tuple(out.take(), i, static_cast<int>(done.error), time);
}

}  // namespace

void bind_payloads(py::module_& m) {
  py::class_<PyPayloadDecoder>(m, "PayloadDecoder")
      .def(py::init<int64_t>(), py::arg("t0"))
      .def("feed", &PyPayloadDecoder::feed, py::arg("data"))
      .def("finish", &PyPayloadDecoder::finish)
      .def("counts", &PyPayloadDecoder::counts)
      .def("payloads", &PyPayloadDecoder::payloads);
  m.def("encode_payloads", &encode_payloads, py::arg("t").noconvert(), py::arg("end").noconvert(),
        py::arg("data"), py::arg("time"));
}

}  // namespace nk::py_bindings
