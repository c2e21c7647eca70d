// CRC-32 as zlib, gzip and PNG use it (polynomial 0xEDB88320, reflected).
#pragma once

#include <cstdint>

namespace nk {

uint32_t crc32(const uint8_t* data, int64_t bytes) noexcept;

}  // namespace nk
