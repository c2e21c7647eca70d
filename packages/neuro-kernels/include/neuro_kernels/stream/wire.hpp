// Layouts of events inside one datagram or message.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// What a decoder remembers from one message of a stream to the next.
struct WireState {
  int64_t width = 0, height = 0;  // events outside are left out and counted
  int64_t last_t = -1;            // last time decoded, to extend times of 32 bit; -1 before it
};

struct WireCounts {
  int64_t events = 0;
  int64_t out_of_range = 0;  // events outside width x height, left out
  int64_t malformed = 0;     // messages with bytes that form no event
};

struct WireFormat {
  const char* name;
  // Bytes of one event at most; a message of n events has at most n times as many.
  int64_t bytes_per_event;
  // Number of events in a message: the room that decode() needs.
  int64_t (*count)(const uint8_t* data, int64_t bytes) noexcept;
  // Writes the events of a message to `out`, whose capacity must be at least count(); returns how
  // many were written. `arrival_us` is the time of events that carry none.
  int64_t (*decode)(const uint8_t* data, int64_t bytes, int64_t arrival_us, WireState& state,
                    const MutableColumns& out, WireCounts& counts) noexcept;
  // Writes one message with all `events`; returns its length.
  int64_t (*encode)(const Columns& events, uint8_t* out) noexcept;
};

// SPIF, the words of SpiNNaker's peripheral interface and of AEStream: little-endian uint32,
// [31] 1 = no timestamp, [30:16] x, [15] polarity, [14:0] y; [31] = 0: the next word is the time in
// microseconds. "spif" encodes with timestamps, "spif-untimed" without; both decode either.
extern const WireFormat wire_spif;
extern const WireFormat wire_spif_untimed;

// The format of this name, or nullptr.
const WireFormat* wire_format(const char* name) noexcept;

}  // namespace nk
