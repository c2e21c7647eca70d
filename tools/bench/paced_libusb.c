/* A libusb whose one device sends packets at a fixed rate, whether or not anybody takes them.
 *
 * The bus in memory of the driver's tests, with a pacer in C behind its stream: a packet that is due
 * while no transfer is queued is lost, as in a camera. The functions at the end are those that
 * python-libusb1 asks a library for and that mean nothing here.
 */
#include "../../packages/hw-drivers/tests/fake_libusb.c"

static int64_t period_ns, start_ns, packets, taken, lost, limit;
static unsigned char* pool; /* packets that are sent in turn */
static int packet_bytes, pool_packets;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int refuse(void) { return -9; }

static int send_paced(int endpoint, unsigned char* data, int n) {
  (void)endpoint;
  (void)n;
  if (!start_ns) start_ns = now_ns();
  int64_t due = period_ns ? (now_ns() - start_ns) / period_ns : limit;
  if (due > limit) due = limit;
  const int64_t waiting = due - packets, queued = newest->n;
  if (period_ns && waiting > queued) {
    lost += waiting - queued;
    packets += waiting - queued;
  }
  if (due - packets <= 0) return 0;
  memcpy(data, pool + (size_t)(taken % pool_packets) * (size_t)packet_bytes, (size_t)packet_bytes);
  ++packets;
  ++taken;
  return packet_bytes;
}

void paced_set_up(int64_t period, int64_t count, unsigned char* data, int bytes, int different) {
  period_ns = period;
  limit = count;
  pool = data;
  packet_bytes = bytes;
  pool_packets = different;
  start_ns = packets = taken = lost = 0;
  fake_play(refuse, refuse, send_paced);
}
int64_t paced_lost(void) { return lost; }
int64_t paced_sent(void) { return packets; }

int libusb_init_context(struct context** out, const void* options, int n) {
  (void)options;
  (void)n;
  return libusb_init(out);
}
int libusb_handle_events(struct context* c) {
  return libusb_handle_events_timeout_completed(c, NULL, NULL);
}
int libusb_handle_events_completed(struct context* c, int* completed) {
  return libusb_handle_events_timeout_completed(c, NULL, completed);
}
int libusb_handle_events_timeout(struct context* c, void* tv) {
  return libusb_handle_events_timeout_completed(c, tv, NULL);
}
void* libusb_ref_device(void* d) { return d; }
int libusb_get_config_descriptor(void* d, uint8_t i, struct config** out) {
  (void)i;
  return libusb_get_active_config_descriptor(d, out);
}
#define NOTHING(name) \
  int name(void) { return 0; }
NOTHING(libusb_attach_kernel_driver)
NOTHING(libusb_detach_kernel_driver)
NOTHING(libusb_event_handler_active)
NOTHING(libusb_event_handling_ok)
NOTHING(libusb_free_pollfds)
NOTHING(libusb_get_config_descriptor_by_value)
NOTHING(libusb_get_configuration)
NOTHING(libusb_get_device)
NOTHING(libusb_get_max_iso_packet_size)
NOTHING(libusb_get_max_packet_size)
NOTHING(libusb_get_next_timeout)
NOTHING(libusb_get_parent)
NOTHING(libusb_get_pollfds)
NOTHING(libusb_get_port_number)
NOTHING(libusb_get_port_numbers)
NOTHING(libusb_handle_events_locked)
NOTHING(libusb_has_capability)
NOTHING(libusb_hotplug_deregister_callback)
NOTHING(libusb_hotplug_register_callback)
NOTHING(libusb_interrupt_event_handler)
NOTHING(libusb_interrupt_transfer)
NOTHING(libusb_kernel_driver_active)
NOTHING(libusb_lock_event_waiters)
NOTHING(libusb_lock_events)
NOTHING(libusb_open_device_with_vid_pid)
NOTHING(libusb_reset_device)
NOTHING(libusb_set_configuration)
NOTHING(libusb_set_debug)
NOTHING(libusb_set_interface_alt_setting)
NOTHING(libusb_set_log_cb)
NOTHING(libusb_set_option)
NOTHING(libusb_set_pollfd_notifiers)
NOTHING(libusb_setlocale)
NOTHING(libusb_strerror)
NOTHING(libusb_try_lock_events)
NOTHING(libusb_unlock_event_waiters)
NOTHING(libusb_unlock_events)
NOTHING(libusb_unref_device)
NOTHING(libusb_wait_for_event)
NOTHING(libusb_wrap_sys_device)
