#include "neuro_kernels/usb/library.hpp"

#include <cstdio>
#include <new>
#include <type_traits>

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace nk {
namespace {

#if defined(_WIN32)
void* open_library(const char* path, char* message, size_t size) noexcept {
  HMODULE library = LoadLibraryA(path);
  if (library == nullptr)
    std::snprintf(message, size, "%s: error %lu", path, static_cast<unsigned long>(GetLastError()));
  return reinterpret_cast<void*>(library);
}
void* find_symbol(void* library, const char* name) noexcept {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}
#else
void* open_library(const char* path, char* message, size_t size) noexcept {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::snprintf(message, size, "%s", dlerror());
  return library;
}
void* find_symbol(void* library, const char* name) noexcept { return dlsym(library, name); }
#endif

}  // namespace

void UsbError::set(int error_code, const char* what) noexcept {
  code = error_code;
  std::snprintf(message, sizeof message, "%s", what);
}

UsbLibrary* UsbLibrary::load(const char* path, UsbError& error) noexcept {
  error.code = 0;
  void* library = open_library(path, error.message, sizeof error.message);
  if (library == nullptr) return nullptr;
  libusb::Functions f{};
  const char* missing = nullptr;
  const auto bind = [&](auto& function, const char* name) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(find_symbol(library, name));
    if (function == nullptr && missing == nullptr) missing = name;
  };
  bind(f.init, "libusb_init");
  bind(f.exit, "libusb_exit");
  bind(f.get_version, "libusb_get_version");
  bind(f.error_name, "libusb_error_name");
  bind(f.get_device_list, "libusb_get_device_list");
  bind(f.free_device_list, "libusb_free_device_list");
  bind(f.get_bus_number, "libusb_get_bus_number");
  bind(f.get_device_address, "libusb_get_device_address");
  bind(f.get_device_speed, "libusb_get_device_speed");
  bind(f.get_device_descriptor, "libusb_get_device_descriptor");
  bind(f.get_active_config_descriptor, "libusb_get_active_config_descriptor");
  bind(f.free_config_descriptor, "libusb_free_config_descriptor");
  bind(f.open, "libusb_open");
  bind(f.close, "libusb_close");
  bind(f.get_string_descriptor_ascii, "libusb_get_string_descriptor_ascii");
  bind(f.set_auto_detach_kernel_driver, "libusb_set_auto_detach_kernel_driver");
  bind(f.claim_interface, "libusb_claim_interface");
  bind(f.release_interface, "libusb_release_interface");
  bind(f.clear_halt, "libusb_clear_halt");
  bind(f.control_transfer, "libusb_control_transfer");
  bind(f.bulk_transfer, "libusb_bulk_transfer");
  bind(f.alloc_transfer, "libusb_alloc_transfer");
  bind(f.free_transfer, "libusb_free_transfer");
  bind(f.submit_transfer, "libusb_submit_transfer");
  bind(f.cancel_transfer, "libusb_cancel_transfer");
  bind(f.handle_events_timeout_completed, "libusb_handle_events_timeout_completed");
  if (missing != nullptr) {
    std::snprintf(error.message, sizeof error.message, "%s lacks %s", path, missing);
    return nullptr;
  }
  UsbLibrary* result = new (std::nothrow) UsbLibrary(f);
  if (result == nullptr) error.set(libusb::error_no_memory, "out of memory");
  return result;
}

}  // namespace nk
