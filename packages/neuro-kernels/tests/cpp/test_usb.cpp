// The USB code against a bus in memory: what libusb would do, without libusb.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "neuro_kernels/usb/byte_log.hpp"
#include "neuro_kernels/usb/device.hpp"
#include "neuro_kernels/usb/stream.hpp"
#include "neuro_kernels/usb/transfer_ring.hpp"

namespace {

using namespace nk;
using libusb::Transfer;

// One camera whose data endpoint sends transfers filled with their own number.
struct Bus {
  std::mutex mutex;
  std::deque<Transfer*> submitted;
  std::vector<Transfer*> cancelled;
  int64_t to_send = 0;  // transfers that the device still sends
  int64_t sent = 0;
  int end_status = -1;  // status of the transfers after the last one; -1: they stay pending
  int damaged_every = 0;
  int submit_limit = 1 << 30;
  int submit_error = 0;
  bool halted = true;
  int open_handles = 0, contexts = 0, live_transfers = 0;
};
Bus* bus = nullptr;

int fake_init(libusb::Context** context) {
  ++bus->contexts;
  *context = reinterpret_cast<libusb::Context*>(bus);
  return 0;
}
void fake_exit(libusb::Context*) { --bus->contexts; }
const char* fake_error_name(int code) {
  return code == -3 ? "LIBUSB_ERROR_ACCESS" : "LIBUSB_ERROR";
}
intptr_t fake_get_device_list(libusb::Context*, libusb::Device*** list) {
  *list = new libusb::Device*[2]{reinterpret_cast<libusb::Device*>(bus), nullptr};
  return 1;
}
void fake_free_device_list(libusb::Device** list, int) { delete[] list; }
uint8_t fake_bus(libusb::Device*) { return 2; }
uint8_t fake_address(libusb::Device*) { return 7; }
int fake_speed(libusb::Device*) { return 4; }
int fake_descriptor(libusb::Device*, libusb::DeviceDescriptor* d) {
  *d = {18, 1, 0x0300, 0, 0, 0, 9, 0x04B4, 0x00F5, 0x0307, 1, 2, 3, 1};
  return 0;
}
int fake_config(libusb::Device*, libusb::ConfigDescriptor** out) {
  static const libusb::EndpointDescriptor endpoints[3] = {
      {7, 5, 0x82, 2, 1024, 0, 0, 0, nullptr, 0},
      {7, 5, 0x02, 2, 1024, 0, 0, 0, nullptr, 0},
      {7, 5, 0x81, 2, 1024, 0, 0, 0, nullptr, 0}};
  static const libusb::InterfaceDescriptor setting = {9,    4, 0, 0,         3,       0xFF,
                                                      0x19, 0, 0, endpoints, nullptr, 0};
  static const libusb::Interface interface = {&setting, 1};
  static libusb::ConfigDescriptor config = {9, 2, 44, 1, 1, 0, 0x80, 50, &interface, nullptr, 0};
  *out = &config;
  return 0;
}
void fake_free_config(libusb::ConfigDescriptor*) {}
int fake_open(libusb::Device*, libusb::Handle** handle) {
  ++bus->open_handles;
  *handle = reinterpret_cast<libusb::Handle*>(bus);
  return 0;
}
void fake_close(libusb::Handle*) { --bus->open_handles; }
int fake_string(libusb::Handle*, uint8_t index, unsigned char* out, int capacity) {
  return std::snprintf(reinterpret_cast<char*>(out), static_cast<size_t>(capacity), "text %d",
                       index);
}
int fake_ok(libusb::Handle*, int) { return 0; }
int fake_clear_halt(libusb::Handle*, unsigned char) {
  bus->halted = false;
  return 0;
}
int fake_control(libusb::Handle*, uint8_t type, uint8_t request, uint16_t, uint16_t,
                 unsigned char* data, uint16_t length, unsigned int) {
  if (request == 0xEE) return libusb::error_pipe;
  if (type & 0x80) std::memset(data, request, length);
  return length;
}
int fake_bulk(libusb::Handle*, unsigned char endpoint, unsigned char* data, int length, int* done,
              unsigned int) {
  if (endpoint & 0x80) std::memset(data, 0x5A, static_cast<size_t>(length));
  *done = length;
  return 0;
}
Transfer* fake_alloc(int) {
  ++bus->live_transfers;
  return new Transfer{};
}
void fake_free(Transfer* transfer) {
  --bus->live_transfers;
  delete transfer;
}
int fake_submit(Transfer* transfer) {
  const std::lock_guard<std::mutex> lock(bus->mutex);
  if (bus->submit_limit == 0) return bus->submit_error;
  --bus->submit_limit;
  bus->submitted.push_back(transfer);
  return 0;
}
int fake_cancel(Transfer* transfer) {
  const std::lock_guard<std::mutex> lock(bus->mutex);
  for (auto it = bus->submitted.begin(); it != bus->submitted.end(); ++it) {
    if (*it != transfer) continue;
    bus->submitted.erase(it);
    bus->cancelled.push_back(transfer);
    return 0;
  }
  return libusb::error_not_found;
}
int fake_events(libusb::Context*, timeval*, int*) {
  Transfer* transfer = nullptr;
  {
    const std::lock_guard<std::mutex> lock(bus->mutex);
    if (!bus->cancelled.empty()) {
      transfer = bus->cancelled.back();
      bus->cancelled.pop_back();
      transfer->status = libusb::cancelled;
    } else if (!bus->submitted.empty() && (bus->to_send > 0 || bus->end_status >= 0)) {
      transfer = bus->submitted.front();
      bus->submitted.pop_front();
      if (bus->to_send > 0) {
        --bus->to_send;
        const int64_t number = bus->sent++;
        const bool damaged = bus->damaged_every > 0 && number % bus->damaged_every == 1;
        transfer->status = damaged ? libusb::error : libusb::completed;
        transfer->actual_length = damaged ? 0 : 16 + static_cast<int>(number % 5) * 8;
        for (int i = 0; i + 8 <= transfer->actual_length; i += 8)
          std::memcpy(transfer->buffer + i, &number, 8);
      } else {
        transfer->status = bus->end_status;
      }
    }
  }
  if (transfer != nullptr) {
    transfer->callback(transfer);
  } else {
    std::this_thread::yield();
  }
  return 0;
}

const libusb::Version version = {1, 0, 26, 0, "", ""};
const libusb::Version* fake_version() { return &version; }

libusb::Functions fake_functions() {
  return {fake_init,
          fake_exit,
          fake_version,
          fake_error_name,
          fake_get_device_list,
          fake_free_device_list,
          fake_bus,
          fake_address,
          fake_speed,
          fake_descriptor,
          fake_config,
          fake_free_config,
          fake_open,
          fake_close,
          fake_string,
          fake_ok,
          fake_ok,
          fake_ok,
          fake_clear_halt,
          fake_control,
          fake_bulk,
          fake_alloc,
          fake_free,
          fake_submit,
          fake_cancel,
          fake_events};
}

struct Fixture {
  Fixture() : library(fake_functions()) {
    bus = &own;
    UsbError error;
    device.reset(UsbDevice::open(library, 2, 7, error));
    REQUIRE(device != nullptr);
  }
  ~Fixture() {
    device.reset();
    CHECK(own.open_handles == 0);
    CHECK(own.contexts == 0);
    CHECK(own.live_transfers == 0);
    bus = nullptr;
  }

  UsbStreamPtr start(UsbStreamOptions options) {
    UsbError error;
    UsbStreamPtr stream = UsbStream::start(*device, 0x81, options, error);
    code = error.code;
    return stream;
  }

  Bus own;
  UsbLibrary library;
  std::unique_ptr<UsbDevice> device;
  int code = 0;
};

// Reads until the stream has ended; returns the numbers of the transfers.
std::vector<int64_t> drain(UsbStream& stream, int64_t* lost = nullptr) {
  std::vector<int64_t> numbers;
  TransferView view;
  for (;;) {
    if (!stream.next(1'000'000, view)) {
      if (stream.end() != StreamEnd::running && !stream.next(0, view)) return numbers;
      if (stream.end() == StreamEnd::running) continue;
    }
    int64_t number = -1;
    std::memcpy(&number, view.data, 8);
    CHECK(number == view.sequence);
    CHECK(view.bytes == 16 + (number % 5) * 8);
    numbers.push_back(number);
    if (lost != nullptr) *lost += view.lost_packets;
    stream.release(view);
  }
}

TEST_CASE("a device is described without being opened") {
  Fixture fixture;
  UsbDeviceInfo info[2];
  REQUIRE(usb_devices(fixture.library, info, 2) == 1);
  CHECK(info[0].vendor == 0x04B4);
  CHECK(info[0].speed == 4);
  REQUIRE(info[0].interfaces_count == 1);
  CHECK(info[0].interfaces[0].interface_subclass == 0x19);
  CHECK(info[0].interfaces[0].endpoints[2].address == 0x81);
}

TEST_CASE("another address is no device") {
  Fixture fixture;
  UsbError error;
  CHECK(UsbDevice::open(fixture.library, 2, 8, error) == nullptr);
  CHECK(error.code == libusb::error_no_device);
}

TEST_CASE("control, bulk and text calls") {
  Fixture fixture;
  uint8_t data[4] = {};
  CHECK(fixture.device->control(0xC0, 0x72, 0, 0, data, 2, 10) == 2);
  CHECK(data[1] == 0x72);
  CHECK(fixture.device->control(0xC0, 0xEE, 0, 0, data, 2, 10) == libusb::error_pipe);
  CHECK(fixture.device->bulk(0x82, data, 4, 10) == 4);
  char text[16];
  CHECK(fixture.device->text(2, text, sizeof text) == 6);
  CHECK(std::string(text) == "text 2");
  CHECK(fixture.device->text(2, text, 3) == 6);
  CHECK(std::string(text) == "te");
  CHECK(fixture.device->claim(64) == libusb::error_invalid);
}

TEST_CASE("every transfer comes, in order, until the device is unplugged") {
  Fixture fixture;
  fixture.own.to_send = 1000;
  fixture.own.end_status = libusb::no_device;
  UsbStreamPtr stream = fixture.start({.transfers = 8, .transfer_bytes = 64, .capacity = 2000});
  REQUIRE(stream != nullptr);
  CHECK_FALSE(fixture.own.halted);
  const std::vector<int64_t> numbers = drain(*stream);
  CHECK(numbers.size() == 1000);
  CHECK(stream->end() == StreamEnd::unplugged);
  CHECK(stream->counts().lost_packets == 0);
}

TEST_CASE("what a slow consumer loses is counted and told, in both policies") {
  for (const DropPolicy drop : {DropPolicy::newest, DropPolicy::oldest}) {
    Fixture fixture;
    fixture.own.to_send = 100;
    fixture.own.end_status = libusb::no_device;
    UsbStreamPtr stream =
        fixture.start({.transfers = 3, .transfer_bytes = 64, .capacity = 10, .drop = drop});
    REQUIRE(stream != nullptr);
    while (stream->end() == StreamEnd::running) std::this_thread::yield();
    stream->stop();
    int64_t told = 0;
    const std::vector<int64_t> numbers = drain(*stream, &told);
    REQUIRE(numbers.size() == 10);
    CHECK(numbers.front() == (drop == DropPolicy::newest ? 0 : 90));
    const TransferCounts counts = stream->counts();
    CHECK(counts.packets == 100);
    CHECK(counts.lost_packets == 90);
    CHECK(counts.gaps == 1);
    CHECK(told == (drop == DropPolicy::newest ? 0 : 90));
  }
}

TEST_CASE("damaged transfers are gaps") {
  Fixture fixture;
  fixture.own.to_send = 90;
  fixture.own.damaged_every = 3;
  fixture.own.end_status = libusb::no_device;
  UsbStreamPtr stream = fixture.start({.transfers = 4, .transfer_bytes = 64, .capacity = 100});
  int64_t told = 0;
  CHECK(drain(*stream, &told).size() == 60);
  CHECK(told == 30);
  CHECK(stream->counts().errors == 30);
  CHECK(stream->counts().gaps == 30);
}

TEST_CASE("a stall or endless damage ends the stream with its reason") {
  for (const int status : {libusb::stall, libusb::overflow, libusb::error}) {
    Fixture fixture;
    fixture.own.to_send = 5;
    fixture.own.end_status = status;
    UsbStreamPtr stream = fixture.start({.transfers = 4, .transfer_bytes = 64, .capacity = 100});
    CHECK(drain(*stream).size() == 5);
    CHECK(stream->end() == StreamEnd::failed);
    const int expected = status == libusb::stall      ? libusb::error_pipe
                         : status == libusb::overflow ? libusb::error_overflow
                                                      : libusb::error_io;
    CHECK(stream->end_code() == expected);
  }
}

TEST_CASE("fewer transfers are in flight where the system has no memory for more") {
  Fixture fixture;
  fixture.own.to_send = 20;
  fixture.own.end_status = libusb::no_device;
  fixture.own.submit_limit = 2;
  fixture.own.submit_error = libusb::error_no_memory;
  UsbStreamPtr stream = fixture.start({.transfers = 8, .transfer_bytes = 64, .capacity = 100});
  REQUIRE(stream != nullptr);
  CHECK(stream->transfers() == 2);
  stream.reset();

  fixture.own.submit_limit = 0;
  CHECK(fixture.start({.transfers = 8, .transfer_bytes = 64, .capacity = 100}) == nullptr);
  CHECK(fixture.code == libusb::error_no_memory);
}

TEST_CASE("stopping cancels what is pending, at any moment") {
  for (int round = 0; round < 30; ++round) {
    Fixture fixture;
    fixture.own.to_send = round * 50;
    UsbStreamPtr stream = fixture.start({.transfers = 8, .transfer_bytes = 64, .capacity = 16});
    REQUIRE(stream != nullptr);
    TransferView view;
    for (int i = 0; i < round; ++i)
      if (stream->next(100'000, view)) stream->release(view);
    stream->stop();
    CHECK(stream->end() == StreamEnd::stopped);
  }
}

TEST_CASE("a log takes every transfer, whatever the consumer loses") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("nk_usb_log_" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  std::FILE* file = std::fopen(path.string().c_str(), "wb");
  REQUIRE(file != nullptr);
  ByteLog log(dup(fileno(file)), 1 << 20);
  std::fclose(file);
  {
    Fixture fixture;
    UsbStreamPtr stream = fixture.start({.transfers = 4, .transfer_bytes = 64, .capacity = 1});
    stream->set_log(&log);
    {
      const std::lock_guard<std::mutex> lock(fixture.own.mutex);
      fixture.own.to_send = 200;
      fixture.own.end_status = libusb::no_device;
    }
    while (stream->end() == StreamEnd::running) std::this_thread::yield();
    stream->stop();
    CHECK(stream->counts().lost_packets == 199);
    CHECK(log.finish().bytes == stream->counts().bytes);
  }
  const ByteLogCounts counts = log.finish();
  CHECK(counts.packets == 200);
  CHECK(counts.missing_packets == 0);
  CHECK(counts.error == 0);
  CHECK(static_cast<int64_t>(std::filesystem::file_size(path)) == counts.bytes);
  std::filesystem::remove(path);
}

TEST_CASE("a log that falls behind refuses, and a file that cannot be written is told") {
  const int descriptor = fileno(std::fopen("/dev/full", "wb"));
  if (descriptor < 0) return;
  ByteLog log(dup(descriptor), 64);
  std::vector<uint8_t> data(65);
  CHECK_FALSE(log.append(data.data(), 65, 1, 1));
  data.resize(32);
  log.append(data.data(), 32, 2, 2);
  const ByteLogCounts counts = log.finish();
  CHECK(counts.error != 0);
  CHECK(counts.missing_packets == 1);
  CHECK_FALSE(log.append(data.data(), 32, 3, 3));
}

TEST_CASE("a library that is not there is an error, not a crash") {
  UsbError error;
  CHECK(UsbLibrary::load("/no/such/library.so", error) == nullptr);
  CHECK(std::strlen(error.message) > 0);
#if defined(__linux__)
  CHECK(UsbLibrary::load("libm.so.6", error) == nullptr);
  CHECK(std::string(error.message).find("lacks libusb_init") != std::string::npos);
#endif
}

}  // namespace
