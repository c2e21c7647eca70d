#include <algorithm>
#include <mutex>
#include <new>
#include <tuple>

#include "arrays.hpp"
#include "neuro_kernels/core/pages.hpp"
#include "neuro_kernels/events/background_activity.hpp"
#include "neuro_kernels/events/hot_pixels.hpp"
#include "neuro_kernels/events/lines.hpp"
#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/events/rate_limit.hpp"
#include "neuro_kernels/events/remap.hpp"
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

MutableColumns room_for(const Columns& events, Array<int64_t>& t, Array<uint16_t>& x,
                        Array<uint16_t>& y, Array<uint8_t>& p) {
  const MutableColumns out = mutable_columns(t, x, y, p);
  if (out.capacity != events.n) throw py::value_error("output columns differ in length");
  return out;
}

// Marks events and copies those marked, some at a time: they are in the cache still. Returns their
// number. `out` has room for all events.
template <class Mark>
int64_t pick_marked(const Columns& events, const MutableColumns& out, const Mark& mark) {
  constexpr int64_t kBlock = 8192;
  uint8_t flags[kBlock];
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; i += kBlock) {
    const int64_t n = std::min(kBlock, events.n - i);
    const Columns part{events.t + i, events.x + i, events.y + i, events.p + i, n};
    if (mark(part, flags) == 0) continue;
    kept += select_events(
        part, flags, {out.t + kept, out.x + kept, out.y + kept, out.p + kept, out.capacity - kept});
  }
  return kept;
}

// What a filter remembers of each pixel. `Filter` derives from it and marks events with
// `step(events, width, height, cells, flags)`, which returns their number.
template <class Filter>
class PixelState {
 public:
  PixelState(int64_t width, int64_t height, int64_t start) : width_(width), height_(height) {
    if (width < 1 || width > 65536 || height < 1 || height > 65536)
      throw py::value_error("width and height must be from 1 to 65536");
    cells_ = static_cast<int64_t*>(pages_get(width * height * 8, &granted_));
    if (cells_ == nullptr) throw std::bad_alloc();
    std::fill_n(cells_, width * height, start);
  }
  ~PixelState() { pages_put(cells_, granted_); }
  PixelState(const PixelState&) = delete;
  PixelState& operator=(const PixelState&) = delete;

  // Flags the events that pass.
  int64_t mark(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
               const Array<uint8_t>& p, Array<uint8_t>& keep) {
    const Columns events = columns(t, x, y, p);
    check_flags(events, keep);
    uint8_t* flags = keep.mutable_data();
    py::gil_scoped_release release;
    const std::lock_guard<std::mutex> lock(mutex_);
    return step(events, flags);
  }

  // Copies the events that pass.
  int64_t pick(const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
               const Array<uint8_t>& p, Array<int64_t>& t_out, Array<uint16_t>& x_out,
               Array<uint16_t>& y_out, Array<uint8_t>& p_out) {
    const Columns events = columns(t, x, y, p);
    const MutableColumns out = room_for(events, t_out, x_out, y_out, p_out);
    py::gil_scoped_release release;
    const std::lock_guard<std::mutex> lock(mutex_);
    return pick_marked(events, out,
                       [this](const Columns& part, uint8_t* flags) { return step(part, flags); });
  }

 private:
  int64_t step(const Columns& events, uint8_t* flags) {
    return static_cast<Filter*>(this)->step(events, width_, height_, cells_, flags);
  }

  int64_t width_, height_, granted_ = 0;
  int64_t* cells_;    // in large pages: events jump from one end of the plane to the other
  std::mutex mutex_;  // two threads may share a filter; the result is then that of some order
};

class Refractory : public PixelState<Refractory> {
 public:
  Refractory(int64_t width, int64_t height, int64_t period_us)
      : PixelState(width, height, kNeverFired), period_us_(period_us) {
    if (period_us < 0) throw py::value_error("period_us must not be negative");
  }

  int64_t step(const Columns& events, int64_t width, int64_t height, int64_t* cells,
               uint8_t* flags) const noexcept {
    return mark_refractory(events, width, height, period_us_, cells, flags);
  }

 private:
  int64_t period_us_;
};

class Bursts : public PixelState<Bursts> {
 public:
  Bursts(int64_t width, int64_t height, int mode, int64_t threshold_us)
      : PixelState(width, height, kNewCell),
        mode_(static_cast<Burst>(mode)),
        threshold_us_(threshold_us) {
    if (mode < 0 || mode > 2) throw py::value_error("mode must be 0, 1 or 2");
    if (threshold_us < 0) throw py::value_error("threshold_us must not be negative");
  }

  int64_t step(const Columns& events, int64_t width, int64_t height, int64_t* cells,
               uint8_t* flags) const noexcept {
    return mark_bursts(events, width, height, mode_, threshold_us_, cells, flags);
  }

 private:
  Burst mode_;
  int64_t threshold_us_;
};

class Flicker : public PixelState<Flicker> {
 public:
  Flicker(int64_t width, int64_t height, int64_t shortest_us, int64_t longest_us, bool passing,
          int start, int stop)
      : PixelState(width, height, kNewCell),
        rule_{shortest_us, longest_us, passing, static_cast<uint8_t>(start),
              static_cast<uint8_t>(stop)} {
    if (shortest_us < 0 || longest_us < shortest_us)
      throw py::value_error("expected 0 <= shortest_us <= longest_us");
    if (stop < 0 || start < stop || start > 7)
      throw py::value_error("expected 0 <= stop <= start <= 7");
  }

  int64_t step(const Columns& events, int64_t width, int64_t height, int64_t* cells,
               uint8_t* flags) const noexcept {
    return mark_flicker(events, width, height, rule_, cells, flags);
  }

 private:
  FlickerRule rule_;
};

template <class Filter>
void bind_mark(py::class_<Filter>& bound) {
  bound.def("mark", &Filter::mark, py::arg("t").noconvert(), py::arg("x").noconvert(),
            py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("keep").noconvert());
  bound.def("pick", &Filter::pick, py::arg("t").noconvert(), py::arg("x").noconvert(),
            py::arg("y").noconvert(), py::arg("p").noconvert(), py::arg("t_out").noconvert(),
            py::arg("x_out").noconvert(), py::arg("y_out").noconvert(),
            py::arg("p_out").noconvert());
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
         Array<int64_t>& last, Array<int64_t>& t_out, Array<uint16_t>& x_out,
         Array<uint16_t>& y_out, Array<uint8_t>& p_out) {
        const Columns events = columns(t, x, y, p);
        const MutableColumns out = room_for(events, t_out, x_out, y_out, p_out);
        if (width < 1 || width > 65536 || height < 1 || height > 65536)
          throw py::value_error("width and height must be from 1 to 65536");
        if (last.size() != background_activity_cells(width, height))
          throw py::value_error("last must have background_activity_cells(width, height) cells");
        if (window_us < 0) throw py::value_error("window_us must not be negative");
        int64_t* times = last.mutable_data();
        py::gil_scoped_release release;
        const auto mark = background_activity_kernels().mark;
        return pick_marked(events, out, [=](const Columns& part, uint8_t* flags) {
          return mark(part, width, height, window_us, itself, times, flags);
        });
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("width"), py::arg("height"), py::arg("window_us"),
      py::arg("itself"), py::arg("last").noconvert(), py::arg("t_out").noconvert(),
      py::arg("x_out").noconvert(), py::arg("y_out").noconvert(), py::arg("p_out").noconvert());

  py::class_<Refractory> refractory(m, "Refractory");
  refractory.def(py::init<int64_t, int64_t, int64_t>(), py::arg("width"), py::arg("height"),
                 py::arg("period_us"));
  bind_mark(refractory);

  py::class_<Bursts> bursts(m, "Bursts");
  bursts.def(py::init<int64_t, int64_t, int, int64_t>(), py::arg("width"), py::arg("height"),
             py::arg("mode"), py::arg("threshold_us"));
  bind_mark(bursts);

  py::class_<Flicker> flicker(m, "Flicker");
  flicker.def(py::init<int64_t, int64_t, int64_t, int64_t, bool, int, int>(), py::arg("width"),
              py::arg("height"), py::arg("shortest_us"), py::arg("longest_us"), py::arg("passing"),
              py::arg("start"), py::arg("stop"));
  bind_mark(flicker);

  m.def(
      "mark_lines",
      [](const Array<uint16_t>& line, int64_t limit, int64_t before, Array<uint8_t>& keep) {
        if (keep.size() != line.size())
          throw py::value_error("keep must have one flag for each event");
        const int64_t n = line.size();
        const uint16_t* lines = line.data();
        uint8_t* flags = keep.mutable_data();
        OpenRun open{};
        int64_t kept = 0;
        {
          py::gil_scoped_release release;
          kept = mark_lines(lines, n, limit, before, flags, &open);
        }
        return std::tuple(kept, open.begin, open.length);
      },
      py::arg("line").noconvert(), py::arg("limit"), py::arg("before"),
      py::arg("keep").noconvert());

  m.def(
      "mark_within_rate",
      [](const Array<int64_t>& t, int64_t rate_hz, int64_t burst, int64_t credit, int64_t last,
         Array<uint8_t>& keep) {
        if (keep.size() != t.size())
          throw py::value_error("keep must have one flag for each event");
        constexpr int64_t kMost = 1'000'000'000'000;
        if (rate_hz < 1 || rate_hz > kMost || burst < 1 || burst > kMost)
          throw py::value_error("rate_hz and burst must be from 1 to 10^12");
        Bucket bucket{credit, last};
        const int64_t* times = t.data();
        const int64_t n = t.size();
        uint8_t* flags = keep.mutable_data();
        int64_t kept = 0;
        {
          py::gil_scoped_release release;
          kept = mark_within_rate(times, n, rate_hz, burst, &bucket, flags);
        }
        return std::tuple(kept, bucket.credit, bucket.t);
      },
      py::arg("t").noconvert(), py::arg("rate_hz"), py::arg("burst"), py::arg("credit"),
      py::arg("last"), py::arg("keep").noconvert());

  m.attr("NOWHERE") = kNowhere;
  m.def(
      "remap_events",
      [](const Array<int64_t>& t, const Array<uint16_t>& x, const Array<uint16_t>& y,
         const Array<uint8_t>& p, const Array<uint32_t>& map, Array<uint16_t>& x_out,
         Array<uint16_t>& y_out, Array<uint8_t>& keep) {
        const Columns events = columns(t, x, y, p);
        check_frame(map, "map");
        check_flags(events, keep);
        if (x_out.size() != events.n || y_out.size() != events.n)
          throw py::value_error("output columns differ in length");
        const int64_t height = map.shape(0), width = map.shape(1);
        const uint32_t* places = map.data();
        uint16_t* xs = x_out.mutable_data();
        uint16_t* ys = y_out.mutable_data();
        uint8_t* flags = keep.mutable_data();
        py::gil_scoped_release release;
        return remap_events(events, width, height, places, xs, ys, flags);
      },
      py::arg("t").noconvert(), py::arg("x").noconvert(), py::arg("y").noconvert(),
      py::arg("p").noconvert(), py::arg("map").noconvert(), py::arg("x_out").noconvert(),
      py::arg("y_out").noconvert(), py::arg("keep").noconvert());
}

}  // namespace nk::py_bindings
