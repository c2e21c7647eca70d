#include "neuro_kernels/usb/device.hpp"

#include <algorithm>
#include <new>

namespace nk {
namespace {

void describe_interfaces(const libusb::Functions& f, libusb::Device* device,
                         UsbDeviceInfo& info) noexcept {
  libusb::ConfigDescriptor* config = nullptr;
  if (f.get_active_config_descriptor(device, &config) != libusb::success || config == nullptr)
    return;
  for (int i = 0; i < config->interfaces_count; ++i) {
    const libusb::Interface& interface = config->interfaces[i];
    for (int j = 0; j < interface.settings_count; ++j) {
      if (info.interfaces_count == UsbDeviceInfo::kMaxInterfaces) break;
      const libusb::InterfaceDescriptor& d = interface.settings[j];
      UsbInterface& out = info.interfaces[info.interfaces_count++];
      out = {d.number,
             d.alternate_setting,
             d.interface_class,
             d.interface_subclass,
             d.interface_protocol,
             d.endpoints_count,
             {}};
      for (int k = 0; k < std::min<int>(d.endpoints_count, UsbInterface::kMaxEndpoints); ++k)
        out.endpoints[k] = {d.endpoints[k].address, d.endpoints[k].attributes,
                            d.endpoints[k].max_packet_size};
    }
  }
  f.free_config_descriptor(config);
}

bool describe(const libusb::Functions& f, libusb::Device* device, UsbDeviceInfo& info) noexcept {
  libusb::DeviceDescriptor d{};
  if (f.get_device_descriptor(device, &d) != libusb::success) return false;
  info = {};
  info.bus = f.get_bus_number(device);
  info.address = f.get_device_address(device);
  info.vendor = d.vendor;
  info.product = d.product;
  info.device_version = d.device_version;
  info.speed = f.get_device_speed(device);
  info.manufacturer_index = d.manufacturer_index;
  info.product_index = d.product_index;
  info.serial_index = d.serial_index;
  describe_interfaces(f, device, info);
  return true;
}

}  // namespace

int32_t usb_devices(const UsbLibrary& library, UsbDeviceInfo* out, int32_t capacity) noexcept {
  const libusb::Functions& f = library.f;
  libusb::Context* context = nullptr;
  const int status = f.init(&context);
  if (status != libusb::success) return status;
  libusb::Device** list = nullptr;
  const intptr_t n = f.get_device_list(context, &list);
  int32_t found = n < 0 ? static_cast<int32_t>(n) : 0;
  for (intptr_t i = 0; i < n; ++i) {
    UsbDeviceInfo info;
    if (!describe(f, list[i], info)) continue;
    if (found < capacity) out[found] = info;
    ++found;
  }
  if (n >= 0) f.free_device_list(list, 1);
  f.exit(context);
  return found;
}

UsbDevice* UsbDevice::open(const UsbLibrary& library, uint8_t bus, uint8_t address,
                           UsbError& error) noexcept {
  const libusb::Functions& f = library.f;
  libusb::Context* context = nullptr;
  int status = f.init(&context);
  if (status != libusb::success) {
    error.set(status, f.error_name(status));
    return nullptr;
  }
  libusb::Device** list = nullptr;
  const intptr_t n = f.get_device_list(context, &list);
  libusb::Handle* handle = nullptr;
  status = n < 0 ? static_cast<int>(n) : libusb::error_no_device;
  for (intptr_t i = 0; i < n; ++i) {
    if (f.get_bus_number(list[i]) != bus || f.get_device_address(list[i]) != address) continue;
    status = f.open(list[i], &handle);
    break;
  }
  if (n >= 0) f.free_device_list(list, 1);
  UsbDevice* device =
      status == libusb::success ? new (std::nothrow) UsbDevice(f, context, handle) : nullptr;
  if (device == nullptr) {
    if (status == libusb::success) {
      status = libusb::error_no_memory;
      f.close(handle);
    }
    f.exit(context);
    error.set(status, f.error_name(status));
    return nullptr;
  }
  // Fails where the system has no such drivers: then there is nothing to detach.
  f.set_auto_detach_kernel_driver(handle, 1);
  return device;
}

UsbDevice::~UsbDevice() {
  for (int i = 0; i < 64; ++i)
    if (claimed_ >> i & 1) f_.release_interface(handle_, i);
  f_.close(handle_);
  f_.exit(context_);
}

int UsbDevice::claim(int interface) noexcept {
  if (interface < 0 || interface > 63) return libusb::error_invalid;
  const int status = f_.claim_interface(handle_, interface);
  if (status == libusb::success) claimed_ |= uint64_t{1} << interface;
  return status;
}

int UsbDevice::clear_halt(uint8_t endpoint) noexcept { return f_.clear_halt(handle_, endpoint); }

int UsbDevice::control(uint8_t request_type, uint8_t request, uint16_t value, uint16_t index,
                       uint8_t* data, uint16_t length, uint32_t timeout_ms) noexcept {
  return f_.control_transfer(handle_, request_type, request, value, index, data, length,
                             timeout_ms);
}

int UsbDevice::bulk(uint8_t endpoint, uint8_t* data, int32_t length, uint32_t timeout_ms) noexcept {
  int done = 0;
  const int status = f_.bulk_transfer(handle_, endpoint, data, length, &done, timeout_ms);
  return status == libusb::success ? done : status;
}

int UsbDevice::text(uint8_t index, char* out, int32_t capacity) noexcept {
  if (capacity < 1) return libusb::error_invalid;
  out[0] = '\0';
  const int n = f_.get_string_descriptor_ascii(handle_, index,
                                               reinterpret_cast<unsigned char*>(out), capacity);
  if (n >= 0) out[std::min(n, capacity - 1)] = '\0';
  return n;
}

}  // namespace nk
