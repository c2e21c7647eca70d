#include "arrays.hpp"
#include "neuro_kernels/represent/accumulate.hpp"
#include "neuro_kernels/represent/decay_surface.hpp"
#include "neuro_kernels/represent/histogram.hpp"
#include "neuro_kernels/represent/voxel_grid.hpp"
#include "neuro_kernels/represent/window_cutter.hpp"

namespace nk::py_bindings {
namespace {

// Representations come as (2, height, width).
template <class T>
void check_planes(const Array<T>& planes, const char* name) {
  if (planes.ndim() != 3 || planes.shape(0) != 2)
    throw py::value_error(std::string(name) + " must have shape (2, height, width)");
}

// Frames of (polarity, height, width) or, with one plane, (height, width) of merged polarities.
FrameShape frame_shape(const Array<float>& out, int64_t width, int64_t height,
                       int64_t polarity_stride, int64_t planes) {
  const int64_t plane = width * height;
  if (width < 0 || height < 0 || polarity_stride < 0 || planes < 0 || out.size() < planes * plane ||
      polarity_stride + plane > out.size())
    throw py::value_error("out is smaller than the frame");
  return {width, height, polarity_stride, out.size()};
}

// What `add` and `finish` return: rows used up, and the span of a window that has closed.
py::tuple cut_result(const WindowCutter::Cut& cut, int64_t row, int64_t outside) {
  py::object span = py::none();
  if (cut.closes) span = py::make_tuple(cut.begin, cut.end);
  return py::make_tuple(row, span, outside);
}

// Writes rows [first, last) into the frame until a window closes.
py::tuple add_rows(WindowCutter& cutter, const Array<int64_t>& t, const Array<uint16_t>& x,
                   const Array<uint16_t>& y, const Array<uint8_t>& p, int64_t first, int64_t last,
                   Array<float>& out, int64_t width, int64_t height, int64_t polarity_stride,
                   float off, float on, bool mark) {
  const Columns all = columns(t, x, y, p);
  if (first < 0 || last < first || last > all.n)
    throw py::value_error("the rows lie outside the columns");
  const FrameShape shape = frame_shape(out, width, height, polarity_stride, 1);
  float* data = out.mutable_data();
  const float weights[2] = {off, on};
  WindowCutter::Cut cut;
  int64_t outside = 0;
  {
    py::gil_scoped_release release;
    cut = cutter.next(all.t + first, last - first);
    first += cut.skipped;
    const Columns part{all.t + first, all.x + first, all.y + first, all.p + first, cut.taken};
    outside = mark ? accumulate_kernels().mark(part, shape, data)
                   : accumulate_kernels().histogram(part, shape, weights, data);
  }
  return cut_result(cut, first + cut.taken, outside);
}

}  // namespace

void bind_represent(py::module_& m) {
  m.def(
      "histogram",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out) {
        const Columns events = columns(t, x, y, p);
        check_planes(out, "out");
        const int64_t height = out.shape(1), width = out.shape(2);
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        return histogram(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert());

  m.def(
      "accumulate",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out, int64_t width, int64_t height,
         int64_t polarity_stride, float off, float on) {
        const Columns events = columns(t, x, y, p);
        const FrameShape shape = frame_shape(out, width, height, polarity_stride, 1);
        float* data = out.mutable_data();
        const float weights[2] = {off, on};
        py::gil_scoped_release release;
        return accumulate_kernels().histogram(events, shape, weights, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert(), py::arg("width"), py::arg("height"),
      py::arg("polarity_stride"), py::arg("off"), py::arg("on"));
  m.def(
      "mark_places",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out, int64_t width, int64_t height,
         int64_t polarity_stride) {
        const Columns events = columns(t, x, y, p);
        const FrameShape shape = frame_shape(out, width, height, polarity_stride, 1);
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        return accumulate_kernels().mark(events, shape, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert(), py::arg("width"), py::arg("height"),
      py::arg("polarity_stride"));
  m.def(
      "voxel_grid",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<float>& out, int64_t width, int64_t height,
         int64_t polarity_stride, int64_t bins, int64_t start, double scale, float off, float on) {
        const Columns events = columns(t, x, y, p);
        if (bins < 1 || (polarity_stride != 0 && polarity_stride < bins * width * height))
          throw py::value_error("bins do not fit the frame");
        FrameShape shape = frame_shape(out, width, height, polarity_stride, bins);
        if (polarity_stride + bins * width * height > out.size())
          throw py::value_error("out is smaller than the grid");
        const VoxelAxis axis{bins, width * height, start, scale};
        float* data = out.mutable_data();
        const float weights[2] = {off, on};
        py::gil_scoped_release release;
        return voxel_grid(events, shape, axis, weights, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("out").noconvert(), py::arg("width"), py::arg("height"),
      py::arg("polarity_stride"), py::arg("bins"), py::arg("start"), py::arg("scale"),
      py::arg("off"), py::arg("on"));

  py::class_<WindowCutter>(m, "WindowCutter")
      .def(py::init<int64_t, int64_t, int64_t>(), py::arg("duration"), py::arg("count"),
           py::arg("start"))
      .def("add", &add_rows, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("first"), py::arg("last"),
           py::arg("out").noconvert(), py::arg("width"), py::arg("height"),
           py::arg("polarity_stride"), py::arg("off"), py::arg("on"), py::arg("mark"))
      .def("begin", &WindowCutter::begin)
      .def("finish", [](WindowCutter& cutter) { return cut_result(cutter.finish(), 0, 0); });

  m.attr("NO_EVENT") = kNoEvent;
  m.def(
      "mark_latest",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, Array<int64_t>& last) {
        const Columns events = columns(t, x, y, p);
        check_planes(last, "last");
        const int64_t height = last.shape(1), width = last.shape(2);
        int64_t* data = last.mutable_data();
        py::gil_scoped_release release;
        return mark_latest(events, width, height, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("last").noconvert());
  m.def(
      "paint_decay",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, int64_t moment, double tau, Array<float>& out) {
        const Columns events = columns(t, x, y, p);
        check_planes(out, "out");
        const FrameShape shape = FrameShape::planes(out.shape(2), out.shape(1));
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        return decay_kernels().paint(events, shape, moment, tau, data);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("moment"), py::arg("tau"), py::arg("out").noconvert());
  m.def(
      "decay",
      [](const Array<int64_t>& last, int64_t t, double tau, Array<float>& out) {
        if (out.size() != last.size()) throw py::value_error("out must have the size of last");
        const int64_t* times = last.data();
        const int64_t n = last.size();
        float* data = out.mutable_data();
        py::gil_scoped_release release;
        decay_kernels().decay(times, n, t, tau, data);
      },
      py::arg("last").noconvert(), py::arg("t"), py::arg("tau"), py::arg("out").noconvert());
}

}  // namespace nk::py_bindings
