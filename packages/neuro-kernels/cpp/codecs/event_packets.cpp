#include "neuro_kernels/codecs/event_packets.hpp"

#include <algorithm>
#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

namespace nk {
namespace {

constexpr int64_t kHead = 8;      // stream and size
constexpr int64_t kContent = 32;  // in front of the records
constexpr int64_t kRecord = 16;

// What follows the size of a FlatBuffer with one vector of events: the place of the root, letters,
// a table of fields, the root, the place of the vector.
constexpr uint8_t kUsual[24] = {16, 0, 0, 0, 'E', 'V', 'T', 'S', 0, 0, 6, 0,
                                8,  0, 4, 0, 6,   0,   0,   0,   4, 0, 0, 0};

uint32_t load32(const uint8_t* data) noexcept {
  uint32_t word;
  std::memcpy(&word, data, 4);
  return word;
}

void put32(uint8_t* data, uint32_t word) noexcept { std::memcpy(data, &word, 4); }

}  // namespace

PacketRun read_event_packets(EventRecordState& state, int32_t stream, bool lz4, const uint8_t* data,
                             int64_t n, uint8_t* scratch, int64_t scratch_size,
                             const MutableColumns& to) noexcept {
  const auto decode = event_record_kernels().decode;
  PacketRun run;
  while (run.outside == 0 && run.back == 0 && n - run.bytes >= kHead) {
    const uint8_t* const head = data + run.bytes;
    const int64_t size = load32(head + 4);
    if (load32(head) != static_cast<uint32_t>(stream) || size > n - run.bytes - kHead) break;
    const uint8_t* content = head + kHead;
    int64_t length = size;
    if (lz4) {
      const Lz4Result done = lz4_decompress(content, size, scratch, scratch_size);
      if (done.status != Lz4Status::done || done.consumed != size) break;
      content = scratch;
      length = done.bytes;
    }
    if (length < kContent || std::memcmp(content + 4, kUsual, sizeof(kUsual)) != 0) break;
    const int64_t events = load32(content + 28);
    if (load32(content) + int64_t{4} != length || events > (length - kContent) / kRecord ||
        events > to.capacity - run.events)
      break;
    const DecodeCounts before = state.counts;
    const int64_t at = run.events;
    run.events += decode(state, content + kContent, events,
                         {to.t + at, to.x + at, to.y + at, to.p + at, to.capacity - at});
    run.outside = state.counts.out_of_range - before.out_of_range;
    run.back = state.counts.time_errors - before.time_errors;
    run.last = run.bytes;
    run.bytes += kHead + size;
  }
  return run;
}

int64_t event_packet_bound(int64_t n, bool lz4) noexcept {
  const int64_t content = event_packet_content(n);
  return kHead + (lz4 ? lz4_bound(content) : content);
}

int64_t write_event_packet(const Columns& events, int32_t stream, bool lz4, uint8_t* scratch,
                           uint8_t* out, PacketEntry& entry, EventExtent& extent) noexcept {
  const EventRecordKernels& kernels = event_record_kernels();
  uint8_t* const content = lz4 ? scratch : out + kHead;
  extent = kernels.extent(events);
  const int64_t length = event_packet_content(events.n);
  put32(content, static_cast<uint32_t>(length - 4));
  std::copy(kUsual, kUsual + sizeof(kUsual), content + 4);
  put32(content + 28, static_cast<uint32_t>(events.n));
  kernels.encode(events, content + kContent);
  const int64_t size = lz4 ? lz4_compress_records(content, length, out + kHead) : length;
  put32(out, static_cast<uint32_t>(stream));
  put32(out + 4, static_cast<uint32_t>(size));
  entry = {size, events.n, extent.first, extent.last};
  return kHead + size;
}

}  // namespace nk
