#include <memory>

#include "arrays.hpp"
#include "neuro_kernels/events/in_order.hpp"
#include "neuro_kernels/events/order.hpp"
#include "neuro_kernels/events/times.hpp"

namespace nk::py_bindings {
namespace {

void check_length(const Array<int64_t>& t, const Array<int64_t>& out) {
  if (out.size() != t.size())
    throw py::value_error("expected room for " + std::to_string(t.size()) + " times, got " +
                          std::to_string(out.size()));
}

}  // namespace

void bind_times(py::module_& m) {
  m.def(
      "stretch_times",
      [](const Array<int64_t>& t, int64_t origin, double factor, Array<int64_t>& out) {
        check_length(t, out);
        const int64_t n = t.size();
        const int64_t* from = t.data();
        int64_t* to = out.mutable_data();
        py::gil_scoped_release release;
        times_kernels().stretch(from, n, origin, factor, to);
      },
      py::arg("t").noconvert(), py::arg("origin"), py::arg("factor"), py::arg("out").noconvert());

  m.def(
      "jitter_times",
      [](const Array<int64_t>& t, uint64_t number, uint64_t seed, int64_t most_us,
         Array<int64_t>& out) {
        check_length(t, out);
        if (most_us < 0 || most_us > INT32_MAX)
          throw py::value_error("most_us must be from 0 to 2^31 - 1");
        const int64_t n = t.size();
        const int64_t* from = t.data();
        int64_t* to = out.mutable_data();
        py::gil_scoped_release release;
        times_kernels().jitter(from, n, number, seed, most_us, to);
      },
      py::arg("t").noconvert(), py::arg("number"), py::arg("seed"), py::arg("most_us"),
      py::arg("out").noconvert());

  // Tells whether it could: times that lie too far apart cannot be counted one by one.
  m.def(
      "put_in_order",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<int64_t>& t_out, Array<uint16_t>& x_out,
         Array<uint16_t>& y_out, Array<uint8_t>& p_out) {
        const Columns events = columns(t, x, y, p);
        const MutableColumns out = mutable_columns(t_out, x_out, y_out, p_out);
        if (out.capacity != events.n) throw py::value_error("output columns differ in length");
        py::gil_scoped_release release;
        if (events.n == 0) return true;
        const TimeRange range = order_kernels().range(events.t, events.n);
        const uint64_t last =
            static_cast<uint64_t>(range.last) - static_cast<uint64_t>(range.first);
        constexpr uint64_t kFew = 1 << 16;
        const uint64_t most = 2 * static_cast<uint64_t>(events.n);
        if (last >= (most > kFew ? most : kFew) || events.n > UINT32_MAX) return false;
        const auto places = std::make_unique_for_overwrite<uint32_t[]>(last + 1);
        put_in_order(events, range.first, static_cast<int64_t>(last) + 1, places.get(), out);
        return true;
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("t_out").noconvert(), py::arg("x_out").noconvert(),
      py::arg("y_out").noconvert(), py::arg("p_out").noconvert());
}

}  // namespace nk::py_bindings
