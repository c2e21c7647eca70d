#include <vector>

#include "arrays.hpp"
#include "fresh.hpp"
#include "neuro_kernels/represent/count.hpp"
#include "neuro_kernels/represent/window_cutter.hpp"

namespace nk::py_bindings {
namespace {

constexpr int64_t kMostCells = int64_t{1} << 32;

// Counts of one frame after the other, in memory that is used again.
class PyFrameCounter {
 public:
  PyFrameCounter(int64_t width, int64_t height, int64_t planes) {
    if (width < 1 || height < 1 || planes < 1 || planes > 2 || width > 65536 || height > 65536)
      throw py::value_error("no such frame");
    const int64_t plane = width * height;
    shape_ = {width, height, planes == 2 ? plane : 0, planes * plane};
    if (shape_.cells > kMostCells) throw py::value_error("the frame has too many cells");
    counts_.resize(static_cast<size_t>(shape_.cells));
  }

  // Counts rows [first, last); returns how many lie outside the frame.
  int64_t add(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
              const Array<uint8_t>& p, int64_t first, int64_t last) {
    const Columns all = columns(t, x, y, p);
    if (first < 0 || last < first || last > all.n)
      throw py::value_error("the rows lie outside the columns");
    const Columns part{all.t + first, all.x + first, all.y + first, all.p + first, last - first};
    // 256 events, at least, make a cell pass 255 once more.
    seen_ += part.n;
    wraps_.resize(static_cast<size_t>(seen_ / 256 + 1));
    py::gil_scoped_release release;
    ByteCounts to{counts_.data(), wraps_.data(), n_wraps_};
    const int64_t outside = count_kernels().count(part, shape_, to);
    n_wraps_ = to.n_wraps;
    return outside;
  }

  // Writes what was counted, 0 as numbers, 1 as marks, 2 as ON minus OFF, and starts from 0.
  void take(Array<float>& out, int how) {
    const int64_t cells = how == 2 ? shape_.cells / 2 : shape_.cells;
    if (out.size() != cells || (how == 2 && shape_.polarity_stride == 0))
      throw py::value_error("out must have the size of the frame");
    float* const data = out.mutable_data();
    py::gil_scoped_release release;
    ByteCounts from{counts_.data(), wraps_.data(), n_wraps_};
    const CountKernels& kernels = count_kernels();
    (how == 0 ? kernels.widen : how == 1 ? kernels.mark : kernels.subtract)(from, cells, data);
    seen_ = n_wraps_ = 0;
  }

  // The same as bytes, 0 as counts up to 255, 1 as marks.
  void take_bytes(Array<uint8_t>& out, int how) {
    if (out.size() != shape_.cells) throw py::value_error("out must have the size of the frame");
    uint8_t* const data = out.mutable_data();
    py::gil_scoped_release release;
    ByteCounts from{counts_.data(), wraps_.data(), n_wraps_};
    const CountKernels& kernels = count_kernels();
    (how == 0 ? kernels.keep : kernels.mark_bytes)(from, shape_.cells, data);
    seen_ = n_wraps_ = 0;
  }

 private:
  FrameShape shape_;
  std::vector<uint8_t> counts_;
  std::vector<uint32_t> wraps_;
  int64_t n_wraps_ = 0, seen_ = 0;
};

// Which rows belong to the current window: (first, last, span if it closes behind them).
py::tuple cut(WindowCutter& cutter, const Array<int64_t>& t, int64_t first, int64_t last) {
  if (first < 0 || last < first || last > t.size())
    throw py::value_error("the rows lie outside the column");
  const int64_t* const times = t.data();
  WindowCutter::Cut found;
  {
    py::gil_scoped_release release;
    found = cutter.next(times + first, last - first);
  }
  py::object span = py::none();
  if (found.closes) span = py::make_tuple(found.begin, found.end);
  first += found.skipped;
  return py::make_tuple(first, first + found.taken, span);
}

}  // namespace

void bind_frames(py::module_& m) {
  py::class_<PyFrameCounter>(m, "FrameCounter")
      .def(py::init<int64_t, int64_t, int64_t>(), py::arg("width"), py::arg("height"),
           py::arg("planes"))
      .def("add", &PyFrameCounter::add, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("first"), py::arg("last"))
      .def("take", &PyFrameCounter::take, py::arg("out").noconvert(), py::arg("how"))
      .def("take_bytes", &PyFrameCounter::take_bytes, py::arg("out").noconvert(), py::arg("how"));
  m.def("cut_window", &cut, py::arg("cutter"), py::arg("t").noconvert(), py::arg("first"),
        py::arg("last"));
  m.def("fresh_floats", &fresh<float>, py::arg("n"));
  m.def("fresh_bytes", &fresh<uint8_t>, py::arg("n"));
}

}  // namespace nk::py_bindings
