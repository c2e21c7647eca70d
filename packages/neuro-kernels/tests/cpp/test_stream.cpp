#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "neuro_kernels/stream/crc32.hpp"
#include "neuro_kernels/stream/packet_ring.hpp"
#include "neuro_kernels/stream/udp_receiver.hpp"
#include "neuro_kernels/stream/udp_sender.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace {

struct Store {
  explicit Store(int64_t n) : t(static_cast<size_t>(n)), x(t.size()), y(t.size()), p(t.size()) {}
  nk::MutableColumns out() {
    return {t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(t.size())};
  }
  nk::Columns in() const {
    return {t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(t.size())};
  }
  std::vector<int64_t> t;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;
};

Store ramp(int64_t n) {
  Store s(n);
  for (size_t i = 0; i < s.t.size(); ++i) {
    s.t[i] = static_cast<int64_t>(1000 + i);
    s.x[i] = static_cast<uint16_t>(i % 640);
    s.y[i] = static_cast<uint16_t>(i % 480);
    s.p[i] = i % 3 == 0;
  }
  return s;
}

}  // namespace

TEST_CASE("the packet ring gives back what was put in, in order, and refuses what does not fit") {
  nk::PacketRing ring(200);
  REQUIRE(ring.ok());
  CHECK(ring.capacity() == 256);
  uint8_t bytes[300];
  for (int i = 0; i < 300; ++i) bytes[i] = static_cast<uint8_t>(i);
  CHECK_FALSE(ring.push(bytes, 241, 0));
  int64_t put = 0, taken = 0;
  for (int round = 0; round < 1000; ++round) {
    while (ring.push(bytes, put % 90, put)) ++put;
    CHECK(ring.used() > 0);
    int64_t cursor = ring.first();
    nk::PacketView packet;
    for (int k = 0; k <= round % 3 && ring.next(cursor, packet); ++k) {
      CHECK(packet.time_us == taken);
      CHECK(packet.bytes == taken % 90);
      CHECK(std::memcmp(packet.data, bytes, static_cast<size_t>(packet.bytes)) == 0);
      ring.release(cursor);
      ++taken;
    }
  }
  CHECK(taken > 1000);
}

TEST_CASE("the packet ring passes packets between two threads") {
  nk::PacketRing ring(1 << 12);
  constexpr int64_t kPackets = 100000;
  std::thread producer([&] {
    for (int64_t i = 0; i < kPackets;) {
      uint8_t payload[64];
      std::memset(payload, static_cast<int>(i & 0xFF), sizeof payload);
      if (ring.push(payload, i % 64, i))
        ++i;
      else
        std::this_thread::yield();
    }
  });
  int64_t taken = 0, wrong = 0, cursor = 0;
  for (nk::PacketView packet; taken < kPackets;) {
    if (!ring.next(cursor, packet)) {
      std::this_thread::yield();
      continue;
    }
    wrong += packet.time_us != taken || packet.bytes != taken % 64;
    for (int64_t i = 0; i < packet.bytes; ++i) wrong += packet.data[i] != (taken & 0xFF);
    ring.release(cursor);
    ++taken;
  }
  producer.join();
  CHECK(wrong == 0);
}

TEST_CASE("wire formats are found by name and decode what they encode") {
  CHECK(nk::wire_format("nothing") == nullptr);
  for (const char* name : {"spif", "spif-untimed", "t64_x16_y16_on8", "t32_x16_y15_on1", "speck",
                           "jaer", "text", "frame"}) {
    const nk::WireFormat* format = nk::wire_format(name);
    REQUIRE(format != nullptr);
    Store events = ramp(500);
    for (auto* side : {&events.x, &events.y})
      for (uint16_t& place : *side) place = static_cast<uint16_t>(place % format->largest_side);
    nk::WireState sender;
    sender.width = 640;
    sender.height = 480;
    std::vector<uint8_t> message(
        static_cast<size_t>(500 * format->bytes_per_event + format->header_bytes));
    const int64_t bytes = format->encode(events.in(), sender, message.data());
    CHECK(bytes <= static_cast<int64_t>(message.size()));
    REQUIRE(format->count(message.data(), bytes) == 500);
    Store got(500);
    nk::WireState state;
    state.width = 640;
    state.height = 480;
    nk::WireCounts counts;
    CHECK(format->decode(message.data(), bytes, 7, state, got.out(), counts) == 500);
    CHECK(got.x == events.x);
    CHECK(got.y == events.y);
    CHECK(got.p == events.p);
    CHECK(got.t ==
          (std::strcmp(name, "spif-untimed") != 0 ? events.t : std::vector<int64_t>(500, 7)));
    CHECK(counts.events == 500);
  }
}

TEST_CASE("the check sum is zlib's, in blocks and in the bytes that are left") {
  const auto* text = reinterpret_cast<const uint8_t*>("123456789123456789");
  CHECK(nk::crc32(text, 0) == 0);
  CHECK(nk::crc32(text, 9) == 0xCBF43926u);
  CHECK(nk::crc32(text, 18) == 0x4B837AE4u);
}

TEST_CASE("whole frames end where a frame is not complete") {
  const Store events = ramp(10);
  nk::WireState sender;
  sender.width = 640;
  sender.height = 480;
  uint8_t stream[500] = {'x', 'y'};
  const int64_t one = nk::wire_frame.encode(events.in(), sender, stream + 2);
  const int64_t two = nk::wire_frame.encode(events.in(), sender, stream + 2 + one);
  for (int64_t n = 0; n <= 2 + one + two; ++n) {
    const int64_t whole = nk::wire_frame.whole(stream, n);
    const int64_t expected = n >= 2 + one + two ? n : n >= 2 + one ? 2 + one : n < 2 ? n : 2;
    CHECK(whole == expected);
  }
}

TEST_CASE("UDP carries events over the loopback interface, and closing wakes the waiting reader") {
  nk::SocketError error;
  nk::UdpReceiverOptions options;
  options.host = "127.0.0.1";
  options.port = 0;
  std::unique_ptr<nk::UdpReceiver> receiver(nk::UdpReceiver::open(options, error));
  REQUIRE_MESSAGE(receiver != nullptr, error.message);

  options.port = receiver->port();
  CHECK(nk::UdpReceiver::open(options, error) == nullptr);
  CHECK(error.kind == nk::SocketError::Kind::in_use);

  nk::UdpSenderOptions to;
  to.host = "127.0.0.1";
  to.port = receiver->port();
  std::unique_ptr<nk::UdpSender> sender(nk::UdpSender::open(to, error));
  REQUIRE(sender != nullptr);
  const Store events = ramp(10000);
  CHECK(sender->send(events.in(), error));
  CHECK(sender->stats().packets == 79);

  Store got(10000);
  int64_t n = 0;
  while (n < 10000 && receiver->wait(20'000'000)) {
    nk::MutableColumns rest = got.out();
    rest = {rest.t + n, rest.x + n, rest.y + n, rest.p + n, rest.capacity - n};
    n += receiver->read(rest);
  }
  CHECK(got.t == events.t);
  CHECK(got.x == events.x);
  CHECK(receiver->stats().packets == 79);
  CHECK(receiver->stats().ring_lost_packets == 0);

  std::thread reader([&] { CHECK_FALSE(receiver->wait(20'000'000)); });
  receiver->close();
  reader.join();
  CHECK(receiver->closed());
}
