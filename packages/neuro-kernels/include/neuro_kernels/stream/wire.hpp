// Layouts of events inside one datagram or message.
#pragma once

#include <cstdint>
#include <limits>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// What a coder remembers from one message of a stream to the next.
struct WireState {
  static constexpr int64_t kNoOrigin = std::numeric_limits<int64_t>::min();

  // Sensor; a decoder leaves events outside out. 0 lets a layout that names the size set it.
  int64_t width = 0, height = 0;
  int64_t t0 = kNoOrigin;  // absolute time of t = 0, where the layout has it
  int64_t last_t = -1;     // last time decoded, to extend times of 32 bit; -1 before it
  // Messages and events sent so far, or those that the decoder expects to have been sent before the
  // next message; -1 until the first.
  int64_t messages = -1, events = 0;
};

struct WireCounts {
  int64_t events = 0;
  int64_t out_of_range = 0;   // events outside width x height, left out
  int64_t malformed = 0;      // messages with bytes that form no event
  int64_t lost_messages = 0;  // by the numbers of the messages, where the layout has them
  int64_t lost_events = 0;    // in those
};

struct WireFormat {
  const char* name;
  int64_t largest_side;     // of the sensor, in pixels
  int64_t header_bytes;     // of a message, besides its events
  int64_t bytes_per_event;  // at most
  // Length of the longest beginning of a stream of bytes whose meaning later bytes cannot change;
  // the rest is the beginning of an event or frame.
  int64_t (*whole)(const uint8_t* data, int64_t bytes) noexcept;
  // Room that decode() needs, in events: never less than the events of the message.
  int64_t (*count)(const uint8_t* data, int64_t bytes) noexcept;
  // Writes the events of a message to `out`; returns how many were written. `arrival_us` is the
  // time of events that carry none.
  int64_t (*decode)(const uint8_t* data, int64_t bytes, int64_t arrival_us, WireState& state,
                    const MutableColumns& out, WireCounts& counts) noexcept;
  // Writes one message with all `events`, whose coordinates are below largest_side; returns its
  // length.
  int64_t (*encode)(const Columns& events, WireState& state, uint8_t* out) noexcept;
};

// SPIF, the words of SpiNNaker's peripheral interface and of AEStream: little-endian uint32,
// [31] 1 = no timestamp, [30:16] x, [15] polarity, [14:0] y; [31] = 0: the next word is the time in
// microseconds. "spif" encodes with timestamps, "spif-untimed" without; both decode either.
extern const WireFormat wire_spif;
extern const WireFormat wire_spif_untimed;

// The two layouts of faery, named as faery names them; all little-endian.
// "t64_x16_y16_on8": uint64 t, uint16 x, uint16 y, uint8 polarity.
// "t32_x16_y15_on1": uint32 t, uint16 x, uint16 with [15:1] y, [0] polarity.
extern const WireFormat wire_t64_x16_y16_on8;
extern const WireFormat wire_t32_x16_y15_on1;

// What a host of SynSense's Speck publishes, as AEStream reads it: rows of uint8 polarity, uint8 y,
// uint8 x, one byte of padding, little-endian uint32 t.
extern const WireFormat wire_speck;

// jAER's datagrams, all big-endian: uint32 number of the datagram, then rows of uint32 address and
// uint32 t. Addresses are those of DAVIS cameras: [30:22] y upwards, [21:12] x, [11] polarity; with
// [31] (frames, inertial samples) or [10] (external events) set they are no events.
extern const WireFormat wire_jaer;

// Lines "t,x,y,p".
extern const WireFormat wire_text;

// This project's own frame: size, origin of time, loss counts and check sums, see frame.cpp.
extern const WireFormat wire_frame;

// The format of this name, or nullptr.
const WireFormat* wire_format(const char* name) noexcept;

// The 64-bit time nearest to the last one (-1: none) whose low 32 bits are `word`: right across the
// wrap of the counter (every 71.6 min) and for messages that overtake each other.
int64_t wire_extended_time(uint32_t word, int64_t last) noexcept;

}  // namespace nk
