// A bulk endpoint that is read without a pause: many transfers in flight, a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "neuro_kernels/usb/byte_log.hpp"
#include "neuro_kernels/usb/device.hpp"
#include "neuro_kernels/usb/transfer_ring.hpp"

namespace nk {

struct UsbStreamOptions {
  int32_t transfers = 32;           // in flight
  int64_t transfer_bytes = 131072;  // of each
  int32_t capacity = 512;           // transfers that may wait for the consumer
  DropPolicy drop = DropPolicy::newest;
};

enum class StreamEnd : int { running = 0, stopped = 1, unplugged = 2, failed = 3 };

class UsbStream;

// Stops the stream and frees it; where the system still owns its buffers after that, they are left
// to it for ever, because to free them would let it write into foreign memory.
struct UsbStreamDeleter {
  void operator()(UsbStream* stream) const noexcept;
};
using UsbStreamPtr = std::unique_ptr<UsbStream, UsbStreamDeleter>;

class UsbStream {
 public:
  // Clears a halt of the endpoint and submits the transfers. Fewer than asked for are in flight
  // when the system has no memory for more, at least one. The device must outlive the stream.
  static UsbStreamPtr start(UsbDevice& device, uint8_t endpoint, const UsbStreamOptions& options,
                            UsbError& error) noexcept;
  UsbStream(const UsbStream&) = delete;
  UsbStream& operator=(const UsbStream&) = delete;

  // The oldest transfer, or false: none came in time, or the stream has ended (see end()).
  bool next(int64_t timeout_ns, TransferView& view) noexcept { return ring_.get(timeout_ns, view); }
  void release(const TransferView& view) noexcept { ring_.release(view.slot); }

  // Cancels the transfers and joins the thread; what waits can still be read.
  void stop() noexcept;

  // Why nothing more comes, and libusb's number when it failed.
  StreamEnd end() const noexcept { return end_.load(std::memory_order_acquire); }
  int end_code() const noexcept { return end_code_.load(std::memory_order_relaxed); }

  int32_t transfers() const noexcept { return n_transfers_; }
  // Whether the system still owns buffers; after stop() only where it does not give them back.
  bool busy() const noexcept { return pending_.load() > 0; }
  TransferCounts counts() const noexcept { return ring_.counts(); }

  // Every transfer that arrives from now on is appended too, before it can be dropped; null stops.
  void set_log(ByteLog* log) noexcept;

 private:
  struct InFlight {
    UsbStream* stream;
    libusb::Transfer* transfer;
    int32_t slot;
  };

  friend struct UsbStreamDeleter;

  UsbStream(UsbDevice& device, const UsbStreamOptions& options) noexcept;
  ~UsbStream();

  static void NK_LIBUSB_CALL arrived(libusb::Transfer* transfer);
  void handle(InFlight& in_flight) noexcept;
  void cancel() noexcept;
  void finish(StreamEnd end, int code) noexcept;
  void run() noexcept;

  UsbDevice& device_;
  TransferRing ring_;
  InFlight* in_flight_ = nullptr;
  int32_t n_transfers_ = 0;
  int32_t errors_in_row_ = 0;
  std::atomic<int32_t> pending_{0};  // submitted, callback not yet made
  std::atomic<bool> stopping_{false};
  std::atomic<StreamEnd> end_{StreamEnd::running};
  std::atomic<int> end_code_{0};
  std::mutex log_mutex_;
  ByteLog* log_ = nullptr;
  std::thread thread_;
};

}  // namespace nk
