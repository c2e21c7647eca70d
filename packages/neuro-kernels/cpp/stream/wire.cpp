#include "neuro_kernels/stream/wire.hpp"

#include <cstring>
#include <initializer_list>

namespace nk {

const WireFormat* wire_format(const char* name) noexcept {
  for (const WireFormat* format :
       {&wire_spif, &wire_spif_untimed, &wire_t64_x16_y16_on8, &wire_t32_x16_y15_on1, &wire_speck,
        &wire_jaer, &wire_text, &wire_frame})
    if (std::strcmp(name, format->name) == 0) return format;
  return nullptr;
}

int64_t wire_extended_time(uint32_t word, int64_t last) noexcept {
  if (last < 0) return word;
  const int64_t t = last + static_cast<int32_t>(word - static_cast<uint32_t>(last));
  return t < 0 ? t + (int64_t{1} << 32) : t;
}

}  // namespace nk
