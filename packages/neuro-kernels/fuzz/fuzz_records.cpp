// Records of any layout inside their stride: columns come back as they went out.
#include "events_of.hpp"
#include "neuro_kernels/events/records.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nk::fuzz::Bytes bytes(data, size);
  const int64_t stride = 8 + bytes.take<uint8_t>() % 20;
  const nk::RecordLayout layout{
      stride, bytes.take<uint8_t>() % (stride - 7), bytes.take<uint8_t>() % (stride - 1),
      bytes.take<uint8_t>() % (stride - 1), bytes.take<uint8_t>() % stride};
  const int64_t n = static_cast<int64_t>(bytes.left()) / stride;
  std::vector<uint8_t> records(static_cast<size_t>(n * stride));
  for (uint8_t& byte : records) byte = bytes.take<uint8_t>();
  nk::fuzz::Bytes none(data, 0);
  nk::fuzz::Events events(none);
  const auto length = static_cast<size_t>(n);
  events.t.resize(length);
  events.x.resize(length);
  events.y.resize(length);
  events.p.resize(length);
  nk::records_to_columns(records.data(), layout, n,
                         {events.t.data(), events.x.data(), events.y.data(), events.p.data(), n});
  std::vector<uint8_t> again = records;
  nk::columns_to_records(events.columns(), layout, again.data());
  nk::fuzz::require(again == records);
  return 0;
}
