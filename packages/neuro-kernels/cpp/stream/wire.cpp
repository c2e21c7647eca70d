#include "neuro_kernels/stream/wire.hpp"

#include <cstring>
#include <initializer_list>

namespace nk {

const WireFormat* wire_format(const char* name) noexcept {
  for (const WireFormat* format : {&wire_spif, &wire_spif_untimed})
    if (std::strcmp(name, format->name) == 0) return format;
  return nullptr;
}

}  // namespace nk
