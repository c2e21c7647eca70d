// Packets of events as AEDAT 4 has them: stream i32, size i32, then, packed or not, a FlatBuffer of
// its size u32, 24 bytes that are the same in all files of DV, the number of events u32, and that
// many records of 16 bytes.
#pragma once

#include "neuro_kernels/codecs/event_records.hpp"

namespace nk {

// What came of a run of packets.
struct PacketRun {
  int64_t bytes = 0;    // of whole packets that were consumed
  int64_t events = 0;   // written
  int64_t outside = 0;  // events of the last packet outside the sensor, left out
  int64_t back = 0;     // events of the last packet earlier than the one before them, kept
  int64_t last = 0;     // where the last packet begins
};

// Decodes packets of one stream from the front, as long as they are whole and have the usual form,
// `scratch` has room for what is unpacked (LZ4), and the columns have room; a packet with events
// outside the sensor or earlier than those before is the last one.
PacketRun read_event_packets(EventRecordState&, int32_t stream, bool lz4, const uint8_t* data,
                             int64_t n, uint8_t* scratch, int64_t scratch_size,
                             const MutableColumns&) noexcept;

struct PacketEntry {
  int64_t size = 0;             // bytes behind the head
  int64_t n = 0;                // events
  int64_t first = 0, last = 0;  // earliest and latest time
};

// Bytes that a packet of `n` events takes at most, and bytes of `scratch` to make it.
int64_t event_packet_bound(int64_t n, bool lz4) noexcept;
constexpr int64_t event_packet_content(int64_t n) noexcept { return 32 + 16 * n; }

// Writes one packet of all the events; returns its bytes. `entry` and `extent` tell what it holds.
int64_t write_event_packet(const Columns&, int32_t stream, bool lz4, uint8_t* scratch, uint8_t* out,
                           PacketEntry& entry, EventExtent& extent) noexcept;

}  // namespace nk
