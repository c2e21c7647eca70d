// The frame: a header of 64 bytes and rows of events, all little-endian.
//
//  offset  type    meaning
//   0      4 x u8  "NEVS"
//   4      u8      version: 1
//   5      u8      rows: 1 = u32 t - base, u16 x, u16 with [15] polarity, [14:0] y  (8 bytes)
//                        2 = i64 t, u16 x, u16 y, u8 polarity                       (13 bytes)
//   6      u16     length of the header: 64
//   8      u32     width of the sensor in pixels, 1 to 65536
//  12      u32     height
//  16      i64     absolute time of t = 0 in microseconds; the smallest number: not known
//  24      u64     frames sent before this one
//  32      u64     events sent before this frame
//  40      i64     base: the smallest t of the frame
//  48      u32     number of events
//  52      u32     bytes of the rows
//  56      u32     CRC-32 (zlib's) of the rows
//  60      u32     CRC-32 of bytes 0 to 59
#include <cstring>

#include "neuro_kernels/stream/crc32.hpp"
#include "neuro_kernels/stream/little_endian.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk {
namespace {

constexpr int64_t kHeader = 64, kShortRow = 8, kLongRow = 13;
constexpr int64_t kLargestSide = 1 << 16, kShortSide = 1 << 15;
// What a receiver must be ready to hold before it can check a frame: 54 MB.
constexpr int64_t kMostRows = int64_t{1} << 22;
// A first frame that comes behind later ones was overtaken, or a new sender has taken over.
constexpr int64_t kOvertaken = 64;
constexpr uint8_t kMagic[4] = {'N', 'E', 'V', 'S'};

struct Header {
  int64_t row_bytes, width, height, t0, messages, events, base, rows;
  uint32_t crc;
};

// Reads the 64 bytes of a header; false when they are none.
bool read_header(const uint8_t* data, Header& h) noexcept {
  if (std::memcmp(data, kMagic, 4) != 0 || data[4] != 1 || load_u16(data + 6) != kHeader ||
      load_u32(data + 60) != crc32(data, 60))
    return false;
  h.row_bytes = data[5] == 1 ? kShortRow : kLongRow;
  h.width = load_u32(data + 8);
  h.height = load_u32(data + 12);
  h.t0 = static_cast<int64_t>(load_u64(data + 16));
  h.messages = static_cast<int64_t>(load_u64(data + 24));
  h.events = static_cast<int64_t>(load_u64(data + 32));
  h.base = static_cast<int64_t>(load_u64(data + 40));
  h.rows = load_u32(data + 48);
  h.crc = load_u32(data + 56);
  constexpr int64_t kMostSent = int64_t{1} << 62;
  return (data[5] == 1 || data[5] == 2) && h.width >= 1 && h.width <= kLargestSide &&
         h.height >= 1 && h.height <= kLargestSide && h.rows <= kMostRows &&
         load_u32(data + 52) == h.rows * h.row_bytes && h.messages >= 0 && h.messages < kMostSent &&
         h.events >= 0 && h.events < kMostSent;
}

enum class Piece { frame, foreign, unfinished };

// What stands at the beginning of `data`, and how long it is.
Piece next_piece(const uint8_t* data, int64_t bytes, Header& h, int64_t& length) noexcept {
  if (bytes >= kHeader && read_header(data, h)) {
    length = kHeader + h.rows * h.row_bytes;
    return length <= bytes ? Piece::frame : Piece::unfinished;
  }
  const int64_t begun = bytes < 4 ? bytes : 4;
  if (bytes < kHeader && std::memcmp(data, kMagic, static_cast<size_t>(begun)) == 0) {
    length = bytes;
    return Piece::unfinished;
  }
  // Foreign bytes reach to the next place where a frame may begin.
  for (length = 1; length < bytes; ++length) {
    const void* place = std::memchr(data + length, kMagic[0], static_cast<size_t>(bytes - length));
    if (place == nullptr) break;
    length = static_cast<const uint8_t*>(place) - data;
    const int64_t left = bytes - length < 4 ? bytes - length : 4;
    if (std::memcmp(data + length, kMagic, static_cast<size_t>(left)) == 0) return Piece::foreign;
  }
  length = bytes;
  return Piece::foreign;
}

int64_t whole(const uint8_t* data, int64_t bytes) noexcept {
  Header h;
  int64_t at = 0;
  for (int64_t length; at < bytes; at += length)
    if (next_piece(data + at, bytes - at, h, length) == Piece::unfinished) break;
  return at;
}

int64_t count(const uint8_t* data, int64_t bytes) noexcept {
  int64_t n = 0;
  Header h;
  for (int64_t at = 0, length; at < bytes; at += length) {
    const Piece piece = next_piece(data + at, bytes - at, h, length);
    if (piece == Piece::unfinished) break;
    if (piece == Piece::frame) n += h.rows;
  }
  return n;
}

void count_losses(const Header& h, WireState& state, WireCounts& counts) noexcept {
  const bool new_sender = h.messages == 0 && state.messages > kOvertaken;
  if (state.messages >= 0 && h.messages < state.messages && !new_sender) {
    // A late frame was counted as lost when a later one came.
    if (counts.lost_messages > 0) --counts.lost_messages;
    counts.lost_events = counts.lost_events > h.rows ? counts.lost_events - h.rows : 0;
    return;
  }
  if (state.messages >= 0 && h.messages > state.messages && h.events >= state.events) {
    counts.lost_messages += h.messages - state.messages;
    counts.lost_events += h.events - state.events;
  }
  state.messages = h.messages + 1;
  state.events = h.events + h.rows;
}

int64_t decode_rows(const uint8_t* data, const Header& h, const WireState& state,
                    const MutableColumns& out) noexcept {
  int64_t n = 0;
  const bool is_short = h.row_bytes == kShortRow;
  for (int64_t i = 0; i < h.rows; ++i) {
    const uint8_t* row = data + i * h.row_bytes;
    uint16_t x, y;
    uint8_t p;
    int64_t t;
    if (is_short) {
      const uint16_t yp = load_u16(row + 6);
      // Unsigned addition: a base from the network may lie at the end of the range.
      t = static_cast<int64_t>(static_cast<uint64_t>(h.base) + load_u32(row));
      x = load_u16(row + 4);
      y = yp & 0x7FFF;
      p = static_cast<uint8_t>(yp >> 15);
    } else {
      t = static_cast<int64_t>(load_u64(row));
      x = load_u16(row + 8);
      y = load_u16(row + 10);
      p = row[12] != 0;
    }
    if (x >= state.width || y >= state.height) continue;
    out.t[n] = t;
    out.x[n] = x;
    out.y[n] = y;
    out.p[n] = p;
    ++n;
  }
  return n;
}

int64_t decode(const uint8_t* data, int64_t bytes, int64_t, WireState& state,
               const MutableColumns& out, WireCounts& counts) noexcept {
  int64_t n = 0;
  bool malformed = false;
  Header h;
  for (int64_t at = 0, length; at < bytes; at += length) {
    const Piece piece = next_piece(data + at, bytes - at, h, length);
    if (piece == Piece::unfinished) {
      malformed = true;
      break;
    }
    const uint8_t* rows = data + at + kHeader;
    if (piece == Piece::foreign || crc32(rows, h.rows * h.row_bytes) != h.crc) {
      malformed = true;
      continue;
    }
    if (state.width == 0) {
      state.width = h.width;
      state.height = h.height;
    }
    if (state.messages < 0) state.t0 = h.t0;
    count_losses(h, state, counts);
    const int64_t got =
        decode_rows(rows, h, state, {out.t + n, out.x + n, out.y + n, out.p + n, out.capacity - n});
    counts.out_of_range += h.rows - got;
    n += got;
  }
  counts.events += n;
  counts.malformed += malformed;
  return n;
}

int64_t encode(const Columns& events, WireState& state, uint8_t* out) noexcept {
  int64_t low = events.n > 0 ? events.t[0] : 0, high = low;
  for (int64_t i = 1; i < events.n; ++i) {
    low = events.t[i] < low ? events.t[i] : low;
    high = events.t[i] > high ? events.t[i] : high;
  }
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  const bool is_short =
      state.width <= kShortSide && state.height <= kShortSide && span <= 0xFFFFFFFFu;
  const int64_t row_bytes = is_short ? kShortRow : kLongRow;
  if (state.messages < 0) state.messages = 0;

  uint8_t* rows = out + kHeader;
  for (int64_t i = 0; i < events.n; ++i) {
    uint8_t* row = rows + i * row_bytes;
    if (is_short) {
      store_u32(row, static_cast<uint32_t>(events.t[i] - low));
      store_u16(row + 4, events.x[i]);
      store_u16(row + 6, static_cast<uint16_t>((events.p[i] != 0) << 15 | events.y[i]));
    } else {
      store_u64(row, static_cast<uint64_t>(events.t[i]));
      store_u16(row + 8, events.x[i]);
      store_u16(row + 10, events.y[i]);
      row[12] = events.p[i] != 0;
    }
  }

  std::memcpy(out, kMagic, 4);
  out[4] = 1;
  out[5] = is_short ? 1 : 2;
  store_u16(out + 6, kHeader);
  store_u32(out + 8, static_cast<uint32_t>(state.width));
  store_u32(out + 12, static_cast<uint32_t>(state.height));
  store_u64(out + 16, static_cast<uint64_t>(state.t0));
  store_u64(out + 24, static_cast<uint64_t>(state.messages));
  store_u64(out + 32, static_cast<uint64_t>(state.events));
  store_u64(out + 40, static_cast<uint64_t>(low));
  store_u32(out + 48, static_cast<uint32_t>(events.n));
  store_u32(out + 52, static_cast<uint32_t>(events.n * row_bytes));
  store_u32(out + 56, crc32(rows, events.n * row_bytes));
  store_u32(out + 60, crc32(out, 60));
  ++state.messages;
  state.events += events.n;
  return kHeader + events.n * row_bytes;
}

}  // namespace

const WireFormat wire_frame{"frame", kLargestSide, kHeader, kLongRow, whole, count, decode, encode};

}  // namespace nk
