// libusb-1.0, loaded from a shared library at run time.
#pragma once

#include "neuro_kernels/usb/libusb_abi.hpp"

namespace nk {

// Why something on the bus failed: libusb's number (libusb::Error) and what was tried.
struct UsbError {
  int code = 0;
  char message[256] = "";

  void set(int error_code, const char* what) noexcept;
};

class UsbLibrary {
 public:
  // Loads the library at `path`. Null and `error` (code 0) when it cannot be loaded or lacks a
  // function. It stays loaded for the life of the process.
  static UsbLibrary* load(const char* path, UsbError& error) noexcept;

  // Uses these functions instead of a shared library.
  explicit UsbLibrary(const libusb::Functions& functions) noexcept : f(functions) {}

  const libusb::Functions f;
};

}  // namespace nk
