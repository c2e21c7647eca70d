#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "arrays.hpp"
#include "neuro_kernels/core/pool.hpp"
#include "neuro_kernels/render/intensity.hpp"
#include "neuro_kernels/render/latest.hpp"
#include "neuro_kernels/render/lzw.hpp"
#include "neuro_kernels/render/picture.hpp"
#include "neuro_kernels/render/recency.hpp"
#include "neuro_kernels/render/yuv.hpp"

namespace nk::py_bindings {
namespace {

void check_size(int64_t width, int64_t height) {
  if (width < 1 || height < 1 || width > 65536 || height > 65536)
    throw py::value_error("width and height must lie between 1 and 65536");
}

void check_table(const Array<uint8_t>& table, int64_t steps) {
  if (table.ndim() != 2 || table.shape(0) != 2 || table.shape(1) != steps)
    throw py::value_error("table must have shape (2, " + std::to_string(steps) + ")");
}

void check_image(const Array<uint8_t>& index, int64_t width, int64_t height) {
  if (index.ndim() != 2 || index.shape(0) != height || index.shape(1) != width)
    throw py::value_error("index image must have shape (" + std::to_string(height) + ", " +
                          std::to_string(width) + ")");
}

class RecencySurface {
 public:
  RecencySurface(int64_t width, int64_t height) {
    check_size(width, height);
    stamps_.assign(static_cast<size_t>(width * height), 0);
    state_ = {width, height, stamps_.data(), 0, false};
  }

  std::pair<int64_t, int64_t> feed(const Array<int64_t>& t, const Array<uint16_t>& x,
                                   const Array<uint16_t>& y, const Array<uint8_t>& p,
                                   int64_t until) {
    const Columns events = columns(t, x, y, p);
    py::gil_scoped_release release;
    const Fed fed = recency_feed(state_, events, until);
    return {fed.consumed, fed.outside};
  }

  void shade(int64_t now, int shift, const Array<uint8_t>& table, Array<uint8_t>& out) const {
    check_table(table, decay_steps);
    check_image(out, state_.width, state_.height);
    if (shift < 0 || shift > 18) throw py::value_error("shift must lie between 0 and 18");
    const uint8_t* levels = table.data();
    uint8_t* index = out.mutable_data();
    py::gil_scoped_release release;
    recency_shade(state_, now, shift, levels, index);
  }

 private:
  std::vector<uint32_t> stamps_;
  Recency state_;
};

class IntensitySurface {
 public:
  IntensitySurface(int64_t width, int64_t height, int shift, const Array<float>& weights,
                   float fade) {
    check_size(width, height);
    if (weights.ndim() != 1 || weights.shape(0) < 1)
      throw py::value_error("weights must have one dimension and at least one value");
    if (shift < 0 || shift > 40) throw py::value_error("shift must lie between 0 and 40");
    weights_.assign(weights.data(), weights.data() + weights.size());
    sums_.assign(static_cast<size_t>(width * height), 0.0f);
    state_ = {width, height, sums_.data(), weights_.data(), weights.size(), shift, fade, 0, false};
  }

  std::pair<int64_t, int64_t> feed(const Array<int64_t>& t, const Array<uint16_t>& x,
                                   const Array<uint16_t>& y, const Array<uint8_t>& p,
                                   int64_t until) {
    const Columns events = columns(t, x, y, p);
    py::gil_scoped_release release;
    const Fed fed = intensity_feed(state_, events, until);
    return {fed.consumed, fed.outside};
  }

  Array<uint32_t> histogram() const {
    Array<uint32_t> counts(intensity_buckets);
    uint32_t* data = counts.mutable_data();
    py::gil_scoped_release release;
    intensity_histogram(state_, data);
    return counts;
  }

  void shade(const Array<uint8_t>& table, Array<uint8_t>& out) const {
    check_table(table, intensity_buckets);
    check_image(out, state_.width, state_.height);
    const uint8_t* levels = table.data();
    uint8_t* index = out.mutable_data();
    py::gil_scoped_release release;
    intensity_shade(state_, levels, index);
  }

  Array<float> sums() const {
    Array<float> copy({state_.height, state_.width});
    std::copy(sums_.begin(), sums_.end(), copy.mutable_data());
    return copy;
  }

  int64_t origin() const { return state_.origin; }

 private:
  std::vector<float> weights_, sums_;
  Intensity state_;
};

py::tuple area_tuple(const Rectangle& area) {
  return py::make_tuple(area.x, area.y, area.width, area.height);
}

py::tuple changed_area(const Array<uint8_t>& before, const Array<uint8_t>& after) {
  if (after.ndim() != 2) throw py::value_error("index image must have two dimensions");
  check_image(before, after.shape(1), after.shape(0));
  const uint8_t *old_pixels = before.data(), *pixels = after.data();
  const int64_t width = after.shape(1), height = after.shape(0);
  Rectangle area;
  {
    py::gil_scoped_release release;
    area = changed_rectangle(old_pixels, pixels, width, height);
  }
  return area_tuple(area);
}

// One GIF frame of what changed: its rectangle and image data. Equal pixels inside the rectangle
// may be written as themselves or as transparent; both are tried and the shorter one is kept.
// Which ways of writing a frame are tried: as it is, with what did not change left transparent.
enum GifWays : int { kGifPlain = 1, kGifChanges = 2, kGifBoth = 3 };

py::tuple gif_frame(const Array<uint8_t>& index, const py::object& before, int code_size,
                    int transparent, int ways) {
  if (index.ndim() != 2) throw py::value_error("index image must have two dimensions");
  const int64_t height = index.shape(0), width = index.shape(1);
  check_size(width, height);
  if (code_size < 2 || code_size > 8) throw py::value_error("code_size must lie between 2 and 8");
  if (transparent < 0 || transparent >= 1 << code_size)
    throw py::value_error("transparent must be an index of code_size bits");
  if (ways < kGifPlain || ways > kGifBoth) throw py::value_error("ways must be 1, 2 or 3");
  const uint8_t* pixels = index.data();
  const uint8_t* previous = nullptr;
  Array<uint8_t> held;
  if (!before.is_none()) {
    if (!Array<uint8_t>::check_(before)) throw py::type_error("before must be a uint8 array");
    held = py::reinterpret_borrow<Array<uint8_t>>(before);
    check_image(held, width, height);
    previous = held.data();
  }
  Rectangle area{0, 0, width, height};
  std::unique_ptr<uint8_t[]> data[2];
  int64_t size[2] = {0, 0};
  bool too_large = false;
  {
    py::gil_scoped_release release;
    for (int64_t i = 0; i < width * height; ++i) too_large |= pixels[i] >> code_size != 0;
    if (previous != nullptr) area = changed_rectangle(previous, pixels, width, height);
    if (previous == nullptr) ways = kGifPlain;
    if (too_large || area.width == 0) ways = 0;
    std::vector<int> wanted;
    for (int k = 0; k < 2; ++k) {
      if ((ways >> k & 1) == 0) continue;
      wanted.push_back(k);
      data[k].reset(new uint8_t[static_cast<size_t>(lzw_bound(area.width * area.height))]);
    }
    parallel_for(static_cast<int64_t>(wanted.size()), [&](int64_t i) {
      const int k = wanted[static_cast<size_t>(i)];
      size[k] = lzw_encode(pixels, k == 1 ? previous : nullptr, width, area, code_size,
                           static_cast<uint8_t>(transparent), data[k].get());
    });
  }
  if (too_large) throw py::value_error("an index does not fit into code_size bits");
  for (int k = 0; k < 2; ++k)
    if (data[k] != nullptr && size[k] == 0) throw std::bad_alloc();
  const int best = size[1] != 0 && (size[0] == 0 || size[1] < size[0]) ? 1 : 0;
  return py::make_tuple(
      area_tuple(area), best == 1,
      py::bytes(reinterpret_cast<const char*>(data[best].get()), static_cast<size_t>(size[best])));
}

Array<uint8_t> enlarge_image(const Array<uint8_t>& index, int64_t factor) {
  if (index.ndim() != 2) throw py::value_error("index image must have two dimensions");
  const int64_t height = index.shape(0), width = index.shape(1);
  if (factor < 1 || factor > 256) throw py::value_error("factor must lie between 1 and 256");
  Array<uint8_t> out({height * factor, width * factor});
  const uint8_t* pixels = index.data();
  uint8_t* data = out.mutable_data();
  {
    py::gil_scoped_release release;
    enlarge(pixels, width, height, factor, data);
  }
  return out;
}

// A plane of a picture of this size; rows may be longer than the picture.
Plane plane(Array<uint8_t>& array, int64_t width, int64_t height) {
  if (array.ndim() != 2 || array.shape(0) < height || array.shape(1) < width)
    throw py::value_error("plane must have at least shape (" + std::to_string(height) + ", " +
                          std::to_string(width) + ")");
  return {array.mutable_data(), array.shape(1)};
}

void yuv420_planes(const Array<uint8_t>& index, const Array<uint8_t>& table, Array<uint8_t>& y,
                   Array<uint8_t>& u, Array<uint8_t>& v) {
  if (index.ndim() != 2) throw py::value_error("index image must have two dimensions");
  const int64_t height = index.shape(0), width = index.shape(1);
  if (width % 2 != 0 || height % 2 != 0) throw py::value_error("width and height must be even");
  if (table.ndim() != 2 || table.shape(0) != 256 || table.shape(1) != 3)
    throw py::value_error("table must have shape (256, 3)");
  const Plane planes[] = {plane(y, width, height), plane(u, width / 2, height / 2),
                          plane(v, width / 2, height / 2)};
  const uint8_t *pixels = index.data(), *colours = table.data();
  py::gil_scoped_release release;
  yuv420(pixels, width, height, colours, planes[0], planes[1], planes[2]);
}

// Gives the packed events of `pack_latest`; the stamps are made anew when their numbers run out.
class LatestEvents {
 public:
  LatestEvents(int64_t width, int64_t height) : width_(width), height_(height) {
    check_size(width, height);
    stamps_.assign(static_cast<size_t>(width * height), 0);
  }

  int64_t pack(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
               const Array<uint8_t>& p, int64_t base_us, Array<uint8_t>& out) {
    const Columns events = columns(t, x, y, p);
    if (out.size() != events.n * packed_event_bytes)
      throw py::value_error("out must have 8 bytes for each event");
    uint8_t* records = out.mutable_data();
    py::gil_scoped_release release;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (++stamp_ == 0) {
      stamps_.assign(stamps_.size(), 0);
      stamp_ = 1;
    }
    return pack_latest(events, width_, height_, base_us, stamps_.data(), stamp_, records);
  }

 private:
  int64_t width_, height_;
  std::vector<uint32_t> stamps_;
  uint32_t stamp_ = 0;
  std::mutex mutex_;
};

}  // namespace

void bind_render(py::module_& m) {
  m.attr("decay_steps") = decay_steps;
  m.attr("intensity_buckets") = intensity_buckets;
  py::class_<RecencySurface>(m, "RecencySurface")
      .def(py::init<int64_t, int64_t>(), py::arg("width"), py::arg("height"))
      .def("feed", &RecencySurface::feed, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("until"))
      .def("shade", &RecencySurface::shade, py::arg("now"), py::arg("shift"),
           py::arg("table").noconvert(), py::arg("out").noconvert());
  py::class_<IntensitySurface>(m, "IntensitySurface")
      .def(py::init<int64_t, int64_t, int, const Array<float>&, float>(), py::arg("width"),
           py::arg("height"), py::arg("shift"), py::arg("weights").noconvert(), py::arg("fade"))
      .def("feed", &IntensitySurface::feed, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("until"))
      .def("histogram", &IntensitySurface::histogram)
      .def("shade", &IntensitySurface::shade, py::arg("table").noconvert(),
           py::arg("out").noconvert())
      .def("sums", &IntensitySurface::sums)
      .def_property_readonly("origin", &IntensitySurface::origin);
  py::class_<LatestEvents>(m, "LatestEvents")
      .def(py::init<int64_t, int64_t>(), py::arg("width"), py::arg("height"))
      .def("pack", &LatestEvents::pack, py::arg("t").noconvert(), py::arg("x").noconvert(),
           py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("base_us"),
           py::arg("out").noconvert());
  m.def("changed_area", &changed_area, py::arg("before").noconvert(), py::arg("after").noconvert());
  m.def("gif_frame", &gif_frame, py::arg("index").noconvert(), py::arg("before"),
        py::arg("code_size"), py::arg("transparent"), py::arg("ways") = static_cast<int>(kGifBoth));
  m.def("yuv420", &yuv420_planes, py::arg("index").noconvert(), py::arg("table").noconvert(),
        py::arg("y").noconvert(), py::arg("u").noconvert(), py::arg("v").noconvert());
  m.def("enlarge", &enlarge_image, py::arg("index").noconvert(), py::arg("factor"));
}

}  // namespace nk::py_bindings
