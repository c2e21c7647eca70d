#include "arrays.hpp"
#include "neuro_kernels/events/background_activity.hpp"
#include "neuro_kernels/events/hot_pixels.hpp"
#include "neuro_kernels/events/select.hpp"

namespace nk::py_bindings {
namespace {

// Frames come as (height, width).
template <class T>
void check_frame(const Array<T>& frame, const char* name) {
  if (frame.ndim() != 2)
    throw py::value_error(std::string(name) + " must have shape (height, width)");
}

void check_flags(const Columns& events, const Array<uint8_t>& keep) {
  if (keep.size() != events.n)
    throw py::value_error("expected one flag for each of " + std::to_string(events.n) +
                          " events, got " + std::to_string(keep.size()));
}

}  // namespace

void bind_filters(py::module_& m) {
  m.def(
      "select_events",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, const Array<uint8_t>& keep, Array<int64_t>& t_out,
         Array<uint16_t>& x_out, Array<uint16_t>& y_out, Array<uint8_t>& p_out) {
        const Columns events = columns(t, x, y, p);
        check_flags(events, keep);
        const MutableColumns out = mutable_columns(t_out, x_out, y_out, p_out);
        const uint8_t* flags = keep.data();
        py::gil_scoped_release release;
        return select_events(events, flags, out);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("keep").noconvert(), py::arg("t_out").noconvert(),
      py::arg("x_out").noconvert(), py::arg("y_out").noconvert(), py::arg("p_out").noconvert());

  m.def(
      "count_pixels",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<uint32_t>& counts) {
        const Columns events = columns(t, x, y, p);
        check_frame(counts, "counts");
        const int64_t height = counts.shape(0), width = counts.shape(1);
        uint32_t* data = counts.mutable_data();
        py::gil_scoped_release release;
        return count_pixels(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("counts").noconvert());

  m.def(
      "hot_pixel_mask",
      [](const Array<uint32_t>& counts, double ratio, Array<uint8_t>& keep) {
        check_frame(counts, "counts");
        check_frame(keep, "keep");
        const int64_t height = counts.shape(0), width = counts.shape(1);
        if (keep.shape(0) != height || keep.shape(1) != width)
          throw py::value_error("keep must have the shape of counts");
        const uint32_t* data = counts.data();
        uint8_t* flags = keep.mutable_data();
        py::gil_scoped_release release;
        hot_pixel_mask(data, width, height, ratio, flags);
      },
      py::arg("counts").noconvert(), py::arg("ratio"), py::arg("keep").noconvert());

  m.def(
      "mark_by_pixel",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, const Array<uint8_t>& mask, Array<uint8_t>& keep) {
        const Columns events = columns(t, x, y, p);
        check_frame(mask, "mask");
        check_flags(events, keep);
        const int64_t height = mask.shape(0), width = mask.shape(1);
        const uint8_t* pixels = mask.data();
        uint8_t* flags = keep.mutable_data();
        py::gil_scoped_release release;
        return mark_by_pixel(events, width, height, pixels, flags);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("mask").noconvert(), py::arg("keep").noconvert());

  m.attr("NEVER_FIRED") = kNeverFired;
  m.def("background_activity_cells", &background_activity_cells, py::arg("width"),
        py::arg("height"));
  m.def(
      "background_activity",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, int64_t width, int64_t height, int64_t window_us, bool itself,
         Array<int64_t>& last, Array<uint8_t>& keep) {
        const Columns events = columns(t, x, y, p);
        check_flags(events, keep);
        if (width < 1 || width > 65536 || height < 1 || height > 65536)
          throw py::value_error("width and height must be from 1 to 65536");
        if (last.size() != background_activity_cells(width, height))
          throw py::value_error("last must have background_activity_cells(width, height) cells");
        if (window_us < 0) throw py::value_error("window_us must not be negative");
        int64_t* times = last.mutable_data();
        uint8_t* flags = keep.mutable_data();
        py::gil_scoped_release release;
        return background_activity_kernels().mark(events, width, height, window_us, itself, times,
                                                  flags);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("width"), py::arg("height"), py::arg("window_us"),
      py::arg("itself"), py::arg("last").noconvert(), py::arg("keep").noconvert());
}

}  // namespace nk::py_bindings
