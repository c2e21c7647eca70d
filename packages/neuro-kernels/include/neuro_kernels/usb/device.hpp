// Devices on the USB buses, and one that is open.
#pragma once

#include <cstdint>
#include <mutex>

#include "neuro_kernels/usb/library.hpp"

namespace nk {

struct UsbEndpoint {
  uint8_t address, attributes;
  uint16_t max_packet_size;
};

struct UsbInterface {
  static constexpr int kMaxEndpoints = 8;
  uint8_t number, alternate_setting, interface_class, interface_subclass, protocol;
  int32_t endpoints_count;  // as announced; the first kMaxEndpoints are in `endpoints`
  UsbEndpoint endpoints[kMaxEndpoints];
};

struct UsbDeviceInfo {
  static constexpr int kMaxInterfaces = 16;
  uint8_t bus, address;
  uint16_t vendor, product, device_version;
  int32_t speed;  // libusb_speed: 1 low, 2 full, 3 high, 4 super, 5 super plus
  uint8_t manufacturer_index, product_index, serial_index;
  int32_t interfaces_count;  // alternate settings of all interfaces, at most kMaxInterfaces
  UsbInterface interfaces[kMaxInterfaces];
};

// Describes up to `capacity` devices without opening one; returns how many there are, or a
// negative libusb::Error.
int32_t usb_devices(const UsbLibrary& library, UsbDeviceInfo* out, int32_t capacity) noexcept;

// A device that is open. Its control and bulk calls may come from several threads.
class UsbDevice {
 public:
  static UsbDevice* open(const UsbLibrary& library, uint8_t bus, uint8_t address,
                         UsbError& error) noexcept;
  ~UsbDevice();
  UsbDevice(const UsbDevice&) = delete;
  UsbDevice& operator=(const UsbDevice&) = delete;

  // Takes an interface for this process, from a kernel driver where one holds it.
  int claim(int interface) noexcept;
  int clear_halt(uint8_t endpoint) noexcept;

  // Bytes transferred, or a negative libusb::Error. A device-to-host transfer is the one whose
  // request type or endpoint has bit 7 set.
  int control(uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t* data,
              uint16_t length, uint32_t timeout_ms) noexcept;
  int bulk(uint8_t endpoint, uint8_t* data, int32_t length, uint32_t timeout_ms) noexcept;

  // ASCII of a string descriptor, with a zero byte at its end.
  int text(uint8_t index, char* out, int32_t capacity) noexcept;

  const libusb::Functions& functions() const noexcept { return f_; }
  libusb::Context* context() const noexcept { return context_; }
  libusb::Handle* handle() const noexcept { return handle_; }

 private:
  UsbDevice(const libusb::Functions& f, libusb::Context* context, libusb::Handle* handle) noexcept
      : f_(f), context_(context), handle_(handle) {}

  const libusb::Functions f_;
  libusb::Context* context_;
  libusb::Handle* handle_;
  uint64_t claimed_ = 0;  // bit i: interface i
};

}  // namespace nk
