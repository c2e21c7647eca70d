#include "neuro_kernels/usb/stream.hpp"

#include <chrono>
#include <cstring>
#include <new>
#include <system_error>

#if defined(_WIN32)
#include <winsock2.h>
#else
#include <sys/time.h>
#endif
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace nk {
namespace {

constexpr int32_t kMaxErrorsInRow = 32;
constexpr int kPollMs = 100;       // how often the thread looks whether it should end
constexpr int kCancelRounds = 50;  // of kPollMs each: how long cancelled transfers may take

int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t wall_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Asks for the processor before programs that compute: a device does not wait, and what is in
// flight lasts some milliseconds. Where the user may not ask for it, nothing changes.
void prefer_this_thread() noexcept {
#if defined(__linux__)
  constexpr int kNice = -15;
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
#endif
}

}  // namespace

UsbStream::UsbStream(UsbDevice& device, const UsbStreamOptions& o) noexcept
    : device_(device), ring_(o.capacity, o.transfers, o.transfer_bytes, o.drop) {}

void UsbStreamDeleter::operator()(UsbStream* stream) const noexcept {
  stream->stop();
  if (!stream->busy()) delete stream;
}

UsbStreamPtr UsbStream::start(UsbDevice& device, uint8_t endpoint, const UsbStreamOptions& options,
                              UsbError& error) noexcept {
  const libusb::Functions& f = device.functions();
  UsbStreamPtr stream(new (std::nothrow) UsbStream(device, options));
  if (stream == nullptr || !stream->ring_.ok()) {
    error.set(libusb::error_no_memory, "no memory for the ring");
    return nullptr;
  }
  stream->in_flight_ = new (std::nothrow) InFlight[static_cast<size_t>(options.transfers)];
  if (stream->in_flight_ == nullptr) {
    error.set(libusb::error_no_memory, "out of memory");
    return nullptr;
  }
  int status = device.clear_halt(endpoint);
  // Not every stack can clear a halt that is not there; what matters is told by the transfers.
  if (status == libusb::error_no_device) {
    error.set(status, f.error_name(status));
    return nullptr;
  }
  status = libusb::success;
  for (int32_t i = 0; i < options.transfers && status == libusb::success; ++i) {
    libusb::Transfer* transfer = f.alloc_transfer(0);
    if (transfer == nullptr) {
      status = libusb::error_no_memory;
      break;
    }
    InFlight& in_flight = stream->in_flight_[i];
    in_flight = {stream.get(), transfer, stream->ring_.take_free()};
    transfer->handle = device.handle();
    transfer->endpoint = endpoint;
    transfer->type = libusb::kBulk;
    transfer->timeout_ms = 0;
    transfer->length = static_cast<int>(options.transfer_bytes);
    transfer->callback = &UsbStream::arrived;
    transfer->user_data = &in_flight;
    transfer->buffer = stream->ring_.slot(in_flight.slot);
    status = f.submit_transfer(transfer);
    if (status != libusb::success) {
      f.free_transfer(transfer);
      stream->ring_.release(in_flight.slot);
      break;
    }
    stream->pending_.fetch_add(1);
    ++stream->n_transfers_;
  }
  if (stream->n_transfers_ == 0) {
    error.set(status, f.error_name(status));
    return nullptr;
  }
  UsbStream* raw = stream.get();
  try {
    raw->thread_ = std::thread([raw] {
      prefer_this_thread();
      raw->run();
    });
  } catch (const std::system_error&) {
    // Without the thread nobody can reap the transfers: this thread does, now.
    raw->stopping_.store(true);
    raw->run();
    error.set(libusb::error_no_memory, "the system gives no thread");
    return nullptr;
  }
  return stream;
}

UsbStream::~UsbStream() {
  for (int32_t i = 0; i < n_transfers_; ++i)
    device_.functions().free_transfer(in_flight_[i].transfer);
  delete[] in_flight_;
}

void UsbStream::stop() noexcept {
  stopping_.store(true);
  cancel();  // wakes the thread
  if (thread_.joinable()) thread_.join();
}

void UsbStream::cancel() noexcept {
  for (int32_t i = 0; i < n_transfers_; ++i)
    device_.functions().cancel_transfer(in_flight_[i].transfer);
}

void UsbStream::set_log(ByteLog* log) noexcept {
  const std::lock_guard<std::mutex> lock(log_mutex_);
  log_ = log;
}

void NK_LIBUSB_CALL UsbStream::arrived(libusb::Transfer* transfer) {
  InFlight& in_flight = *static_cast<InFlight*>(transfer->user_data);
  in_flight.stream->handle(in_flight);
}

void UsbStream::handle(InFlight& in_flight) noexcept {
  const libusb::Transfer& transfer = *in_flight.transfer;
  pending_.fetch_sub(1);
  switch (transfer.status) {
    case libusb::completed:
    case libusb::timed_out:
      errors_in_row_ = 0;
      if (transfer.actual_length > 0) {
        const int64_t now = monotonic_ns(), wall = wall_ns();
        {
          const std::lock_guard<std::mutex> lock(log_mutex_);
          if (log_ != nullptr) log_->append(transfer.buffer, transfer.actual_length, now, wall);
        }
        in_flight.slot = ring_.put(in_flight.slot, transfer.actual_length, now, wall);
      }
      break;
    case libusb::no_device: return finish(StreamEnd::unplugged, libusb::error_no_device);
    case libusb::cancelled: return;
    case libusb::stall: return finish(StreamEnd::failed, libusb::error_pipe);
    default:  // damaged on the way, or more bytes than the buffer holds
      ring_.put_damaged();
      if (++errors_in_row_ >= kMaxErrorsInRow)
        return finish(StreamEnd::failed, transfer.status == libusb::overflow
                                             ? libusb::error_overflow
                                             : libusb::error_io);
  }
  if (stopping_.load() || end() != StreamEnd::running) return;
  in_flight.transfer->buffer = ring_.slot(in_flight.slot);
  const int status = device_.functions().submit_transfer(in_flight.transfer);
  if (status == libusb::success) {
    pending_.fetch_add(1);
  } else {
    finish(status == libusb::error_no_device ? StreamEnd::unplugged : StreamEnd::failed, status);
  }
}

// Keeps the first reason.
void UsbStream::finish(StreamEnd end, int code) noexcept {
  StreamEnd running = StreamEnd::running;
  if (end_.compare_exchange_strong(running, end)) end_code_.store(code);
  stopping_.store(true);
}

void UsbStream::run() noexcept {
  const libusb::Functions& f = device_.functions();
  timeval poll{0, kPollMs * 1000};
  while (!stopping_.load()) {
    f.handle_events_timeout_completed(device_.context(), &poll, nullptr);
  }
  cancel();  // again: one may have been submitted since
  for (int round = 0; round < kCancelRounds && pending_.load() > 0; ++round) {
    f.handle_events_timeout_completed(device_.context(), &poll, nullptr);
  }
  StreamEnd running = StreamEnd::running;
  end_.compare_exchange_strong(running, StreamEnd::stopped);
  ring_.close();
}

}  // namespace nk
