#include "arrays.hpp"
#include "arrow_abi.hpp"
#include "neuro_kernels/events/order.hpp"
#include "neuro_kernels/events/records.hpp"

namespace nk::py_bindings {
namespace {

// The layout of `records` after a check that every field lies inside every record.
RecordLayout layout_of(const py::array& records, int64_t t, int64_t x, int64_t y, int64_t p) {
  if (records.ndim() != 1) throw py::value_error("records must have one dimension");
  const int64_t size = records.itemsize();
  for (auto [offset, width] :
       {std::pair{t, int64_t{8}}, {x, int64_t{2}}, {y, int64_t{2}}, {p, int64_t{1}}})
    if (offset < 0 || offset + width > size)
      throw py::value_error("a field lies outside the record of " + std::to_string(size) +
                            " bytes");
  return {records.strides(0), t, x, y, p};
}

}  // namespace

void bind_events(py::module_& m) {
  m.def(
      "is_sorted",
      [](const Array<int64_t>& t) {
        const int64_t* data = t.data();
        const int64_t n = t.size();
        py::gil_scoped_release release;
        return order_kernels().is_sorted(data, n);
      },
      py::arg("t").noconvert());

  m.def(
      "time_range",
      [](const Array<int64_t>& t, int64_t n) {
        if (n < 1 || n > t.size()) throw py::value_error("expected 1 or more of the times");
        const int64_t* data = t.data();
        TimeRange range;
        {
          py::gil_scoped_release release;
          range = order_kernels().range(data, n);
        }
        return py::make_tuple(range.first, range.last);
      },
      py::arg("t").noconvert(), py::arg("n"));

  m.def(
      "records_to_columns",
      [](const py::array& records, int64_t t_at, int64_t x_at, int64_t y_at, int64_t p_at,
         Array<int64_t>& t, Array<uint16_t>& x, Array<uint16_t>& y, Array<uint8_t>& p) {
        const RecordLayout layout = layout_of(records, t_at, x_at, y_at, p_at);
        const MutableColumns out = mutable_columns(t, x, y, p);
        if (out.capacity != records.size())
          throw py::value_error("output columns differ in length");
        const auto* data = static_cast<const uint8_t*>(records.data());
        py::gil_scoped_release release;
        records_to_columns(data, layout, out.capacity, out);
      },
      py::arg("records").noconvert(), py::arg("t_at"), py::arg("x_at"), py::arg("y_at"),
      py::arg("p_at"), py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert());

  m.def(
      "columns_to_records",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, int64_t t_at, int64_t x_at, int64_t y_at, int64_t p_at,
         py::array& records) {
        const Columns events = columns(t, x, y, p);
        const RecordLayout layout = layout_of(records, t_at, x_at, y_at, p_at);
        if (events.n != records.size()) throw py::value_error("records differ in length");
        auto* data = static_cast<uint8_t*>(records.mutable_data());
        py::gil_scoped_release release;
        columns_to_records(events, layout, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("t_at"), py::arg("x_at"), py::arg("y_at"), py::arg("p_at"),
      py::arg("records").noconvert());

  const auto batch = [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
                        const Array<uint8_t>& p, const py::bytes& metadata) {
    columns(t, x, y, p);
    return arrow::Batch{{t, x, y, p}, metadata};
  };
  m.def(
      "arrow_schema",
      [](const py::bytes& metadata) { return arrow::schema_capsule({{}, metadata}); },
      py::arg("metadata"));
  m.def(
      "arrow_array",
      [batch](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
              const Array<uint8_t>& p) { return arrow::array_capsule(batch(t, x, y, p, "")); },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert());
  m.def(
      "arrow_stream",
      [batch](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
              const Array<uint8_t>& p, const py::bytes& metadata) {
        return arrow::stream_capsule(batch(t, x, y, p, metadata));
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("metadata"));
}

}  // namespace nk::py_bindings
