// Messages of events from the network: arbitrary bytes, cut into arbitrary messages.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "neuro_kernels/stream/wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const char* name : {"spif", "spif-untimed", "t64_x16_y16_on8", "t32_x16_y15_on1", "speck",
                           "jaer", "text", "frame"}) {
    const nk::WireFormat* format = nk::wire_format(name);
    // What is whole stays whole when the rest of the stream arrives.
    const int64_t half = static_cast<int64_t>(size / 2);
    const int64_t whole = format->whole(data, half);
    if (whole > half || format->whole(data, static_cast<int64_t>(size)) < whole) __builtin_trap();
    const bool timed = name[0] == 's';
    nk::WireState state;
    state.width = 320;
    state.height = 240;
    nk::WireCounts counts;
    for (size_t at = 0; at < size;) {
      size_t length = data[at] + size_t{1};
      if (length > size - at) length = size - at;
      // A copy of exactly this length, so that the sanitizer sees any read behind the message.
      const std::vector<uint8_t> message(data + at, data + at + length);
      const int64_t n = format->count(message.data(), static_cast<int64_t>(length));
      std::vector<int64_t> t(static_cast<size_t>(n));
      std::vector<uint16_t> x(t.size()), y(t.size());
      std::vector<uint8_t> p(t.size());
      const int64_t got = format->decode(message.data(), static_cast<int64_t>(length), 5, state,
                                         {t.data(), x.data(), y.data(), p.data(), n}, counts);
      if (got > n) __builtin_trap();
      for (int64_t i = 0; i < got; ++i) {
        const auto k = static_cast<size_t>(i);
        if (x[k] >= 320 || y[k] >= 240 || p[k] > 1 || (timed && t[k] < 0)) __builtin_trap();
      }
      at += length;
    }
  }
  return 0;
}
