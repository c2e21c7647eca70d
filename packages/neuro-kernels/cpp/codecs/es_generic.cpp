#include <algorithm>
#include <cstring>

#include "neuro_kernels/codecs/es.hpp"

namespace nk {

EsGenericProgress es_generic_decode(EsGenericState& s, const uint8_t* data, int64_t n,
                                    const EsPayloads& out) noexcept {
  EsGenericProgress done;
  if (out.capacity < 1) return done;
  const int64_t start = s.counts.bytes_read;
  int64_t i = 0;
  while (i < n) {
    if (s.in_payload) {
      const int64_t take =
          static_cast<int64_t>(std::min<uint64_t>(s.size, static_cast<uint64_t>(n - i)));
      if (take > 0)
        std::memcpy(out.bytes + done.payload_bytes, data + i, static_cast<size_t>(take));
      done.payload_bytes += take;
      i += take;
      s.record += take;
      s.size -= static_cast<uint64_t>(take);
    } else if (s.in_size) {
      const uint32_t b = data[i++];
      ++s.record;
      const uint64_t group = b >> 1;
      // Sizes beyond 2^63 cannot be true: more bytes than any file has.
      if (s.shift < 63) s.size |= group << s.shift;
      if (s.shift >= 63 && group != 0) s.size = UINT64_MAX >> 1;
      s.shift = std::min(s.shift + 7, 63);
      if ((b & 1) == 0) {
        s.in_size = false;
        s.in_payload = true;
      }
    } else {
      if (done.payloads >= out.capacity) break;
      const uint32_t b = data[i++];
      if (b >= 0xFE) {
        s.t += b == 0xFF ? 254 : 0;
      } else {
        s.t += b;
        s.in_size = true;
        s.size = 0;
        s.shift = 0;
        s.record = 1;
      }
    }
    if (s.in_payload && s.size == 0) {
      s.in_payload = false;
      s.record = 0;
      out.t[done.payloads] = s.t;
      out.end[done.payloads] = done.payload_bytes;
      ++done.payloads;
    }
  }
  done.bytes = i;
  s.counts.bytes_read = start + i;
  s.counts.events += done.payloads;
  return done;
}

void es_generic_finish(EsGenericState& s) noexcept {
  if (!s.in_size && !s.in_payload) return;
  s.counts.truncated_bytes += s.record;
  s.counts.bytes_skipped += s.record;
  if (s.counts.first_problem < 0) s.counts.first_problem = s.counts.bytes_read - s.record;
  s.in_size = false;
  s.in_payload = false;
}

}  // namespace nk
