// The part of libusb-1.0's binary interface that is used here.
//
// libusb is found at run time, so its headers are not needed to build. The structures and numbers
// are those of its public interface, which version 1.0 keeps stable (libusb.h, API 0x01000106).
#pragma once

#include <cstdint>

#if defined(_WIN32)
#define NK_LIBUSB_CALL __stdcall
#else
#define NK_LIBUSB_CALL
#endif

struct timeval;

namespace nk::libusb {

struct Context;
struct Device;
struct Handle;

struct DeviceDescriptor {
  uint8_t length, type;
  uint16_t usb_version;
  uint8_t device_class, device_subclass, device_protocol, max_packet_size_0;
  uint16_t vendor, product, device_version;
  uint8_t manufacturer_index, product_index, serial_index, configurations;
};

struct EndpointDescriptor {
  uint8_t length, type, address, attributes;
  uint16_t max_packet_size;
  uint8_t interval, refresh, synch_address;
  const unsigned char* extra;
  int extra_length;
};

struct InterfaceDescriptor {
  uint8_t length, type, number, alternate_setting, endpoints_count;
  uint8_t interface_class, interface_subclass, interface_protocol, name_index;
  const EndpointDescriptor* endpoints;
  const unsigned char* extra;
  int extra_length;
};

struct Interface {
  const InterfaceDescriptor* settings;
  int settings_count;
};

struct ConfigDescriptor {
  uint8_t length, type;
  uint16_t total_length;
  uint8_t interfaces_count, value, name_index, attributes, max_power;
  const Interface* interfaces;
  const unsigned char* extra;
  int extra_length;
};

struct Version {
  uint16_t major, minor, micro, nano;
  const char* rc;
  const char* describe;
};

struct Transfer;
using TransferCallback = void(NK_LIBUSB_CALL*)(Transfer*);

struct Transfer {
  Handle* handle;
  uint8_t flags;
  unsigned char endpoint;
  unsigned char type;
  unsigned int timeout_ms;
  int status;
  int length;
  int actual_length;
  TransferCallback callback;
  void* user_data;
  unsigned char* buffer;
  int iso_packets_count;
  // Isochronous packet descriptors follow; none are used here.
};

constexpr unsigned char kBulk = 2;

enum Status {
  completed = 0,
  error = 1,
  timed_out = 2,
  cancelled = 3,
  stall = 4,
  no_device = 5,
  overflow = 6
};

enum Error {
  success = 0,
  error_io = -1,
  error_invalid = -2,
  error_access = -3,
  error_no_device = -4,
  error_not_found = -5,
  error_busy = -6,
  error_timeout = -7,
  error_overflow = -8,
  error_pipe = -9,
  error_interrupted = -10,
  error_no_memory = -11,
  error_not_supported = -12,
  error_other = -99
};

// What is called; filled from the shared library, or by a test.
struct Functions {
  int(NK_LIBUSB_CALL* init)(Context**);
  void(NK_LIBUSB_CALL* exit)(Context*);
  const Version*(NK_LIBUSB_CALL* get_version)();
  const char*(NK_LIBUSB_CALL* error_name)(int);
  intptr_t(NK_LIBUSB_CALL* get_device_list)(Context*, Device***);
  void(NK_LIBUSB_CALL* free_device_list)(Device**, int unref);
  uint8_t(NK_LIBUSB_CALL* get_bus_number)(Device*);
  uint8_t(NK_LIBUSB_CALL* get_device_address)(Device*);
  int(NK_LIBUSB_CALL* get_device_speed)(Device*);
  int(NK_LIBUSB_CALL* get_device_descriptor)(Device*, DeviceDescriptor*);
  int(NK_LIBUSB_CALL* get_active_config_descriptor)(Device*, ConfigDescriptor**);
  void(NK_LIBUSB_CALL* free_config_descriptor)(ConfigDescriptor*);
  int(NK_LIBUSB_CALL* open)(Device*, Handle**);
  void(NK_LIBUSB_CALL* close)(Handle*);
  int(NK_LIBUSB_CALL* get_string_descriptor_ascii)(Handle*, uint8_t, unsigned char*, int);
  int(NK_LIBUSB_CALL* set_auto_detach_kernel_driver)(Handle*, int);
  int(NK_LIBUSB_CALL* claim_interface)(Handle*, int);
  int(NK_LIBUSB_CALL* release_interface)(Handle*, int);
  int(NK_LIBUSB_CALL* clear_halt)(Handle*, unsigned char);
  int(NK_LIBUSB_CALL* control_transfer)(Handle*, uint8_t, uint8_t, uint16_t, uint16_t,
                                        unsigned char*, uint16_t, unsigned int);
  int(NK_LIBUSB_CALL* bulk_transfer)(Handle*, unsigned char, unsigned char*, int, int*,
                                     unsigned int);
  Transfer*(NK_LIBUSB_CALL* alloc_transfer)(int);
  void(NK_LIBUSB_CALL* free_transfer)(Transfer*);
  int(NK_LIBUSB_CALL* submit_transfer)(Transfer*);
  int(NK_LIBUSB_CALL* cancel_transfer)(Transfer*);
  int(NK_LIBUSB_CALL* handle_events_timeout_completed)(Context*, timeval*, int*);
};

}  // namespace nk::libusb
