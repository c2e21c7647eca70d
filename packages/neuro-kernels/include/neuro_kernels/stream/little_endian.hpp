// Little-endian integers at any address, independent of the byte order of the machine.
#pragma once

#include <cstdint>

namespace nk {

template <class T>
inline T load_le(const uint8_t* p) noexcept {
  T v = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) v |= static_cast<T>(static_cast<T>(p[i]) << (8 * i));
  return v;
}

template <class T>
inline void store_le(uint8_t* p, T v) noexcept {
  for (unsigned i = 0; i < sizeof(T); ++i) p[i] = static_cast<uint8_t>(v >> (8 * i));
}

inline uint16_t load_u16(const uint8_t* p) noexcept { return load_le<uint16_t>(p); }
inline uint32_t load_u32(const uint8_t* p) noexcept { return load_le<uint32_t>(p); }
inline uint64_t load_u64(const uint8_t* p) noexcept { return load_le<uint64_t>(p); }
inline void store_u16(uint8_t* p, uint16_t v) noexcept { store_le(p, v); }
inline void store_u32(uint8_t* p, uint32_t v) noexcept { store_le(p, v); }
inline void store_u64(uint8_t* p, uint64_t v) noexcept { store_le(p, v); }

}  // namespace nk
