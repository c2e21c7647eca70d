/* A libusb-1.0 whose one bus holds one device, played by the callbacks of a test.
 *
 * Enough of the binary interface for the driver under test; the layout of the structures is that of
 * libusb.h. Every context has its own queue of submitted transfers.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct device_descriptor {
  uint8_t length, type;
  uint16_t usb_version;
  uint8_t device_class, device_subclass, device_protocol, max_packet_size_0;
  uint16_t vendor, product, device_version;
  uint8_t manufacturer_index, product_index, serial_index, configurations;
};
struct endpoint {
  uint8_t length, type, address, attributes;
  uint16_t max_packet_size;
  uint8_t interval, refresh, synch;
  const unsigned char* extra;
  int extra_length;
};
struct setting {
  uint8_t length, type, number, alternate, endpoints_count, cls, sub, protocol, name;
  const struct endpoint* endpoints;
  const unsigned char* extra;
  int extra_length;
};
struct interface {
  const struct setting* settings;
  int count;
};
struct config {
  uint8_t length, type;
  uint16_t total;
  uint8_t interfaces_count, value, name, attributes, power;
  const struct interface* interfaces;
  const unsigned char* extra;
  int extra_length;
};
struct version {
  uint16_t major, minor, micro, nano;
  const char *rc, *describe;
};
struct transfer;
typedef void (*callback)(struct transfer*);
struct transfer {
  void* handle;
  uint8_t flags;
  unsigned char endpoint, type;
  unsigned int timeout;
  int status, length, actual_length;
  callback done;
  void* user_data;
  unsigned char* buffer;
  int iso_packets;
};

enum { QUEUE = 1024 };
struct context {
  pthread_mutex_t mutex;
  struct transfer* queue[QUEUE];
  int n;
  struct transfer* cancelled[QUEUE];
  int n_cancelled;
};
static struct context* newest; /* one open device per test */

/* What a test plays. Each returns a number of bytes or a negative libusb error; `stream` returns 0
 * while the device has nothing to send. */
static int (*on_control)(int type, int request, int value, int index, unsigned char* data, int n);
static int (*on_bulk)(int endpoint, unsigned char* data, int n);
static int (*on_stream)(int endpoint, unsigned char* data, int n);
static int open_status, claim_status, submit_status, clear_halts, device_count = 1;
static uint16_t vendor = 0x04B4, product = 0x00F5;
static uint8_t kind_class = 0xFF, kind_sub = 0x19;
static char texts[3][64] = {"Prophesee", "EVK4", "00050001"};

void fake_play(void* control, void* bulk, void* stream) {
  on_control = control;
  on_bulk = bulk;
  on_stream = stream;
}
void fake_identity(int v, int p, int cls, int sub, const char* maker, const char* name) {
  vendor = (uint16_t)v;
  product = (uint16_t)p;
  kind_class = (uint8_t)cls;
  kind_sub = (uint8_t)sub;
  strncpy(texts[0], maker, 63);
  strncpy(texts[1], name, 63);
}
void fake_statuses(int open, int claim, int submit, int devices) {
  open_status = open;
  claim_status = claim;
  submit_status = submit;
  device_count = devices;
}
int fake_clear_halts(void) { return clear_halts; }

static char device; /* its address stands for the device */

int libusb_init(struct context** out) {
  struct context* c = calloc(1, sizeof *c);
  pthread_mutex_init(&c->mutex, NULL);
  *out = c;
  return 0;
}
void libusb_exit(struct context* c) {
  if (newest == c) newest = NULL;
  pthread_mutex_destroy(&c->mutex);
  free(c);
}
const struct version* libusb_get_version(void) {
  static const struct version v = {1, 0, 26, 0, "", "fake"};
  return &v;
}
const char* libusb_error_name(int code) {
  (void)code;
  return "LIBUSB_ERROR";
}
static struct context* listing;
intptr_t libusb_get_device_list(struct context* c, void*** list) {
  *list = calloc(2, sizeof(void*));
  listing = c;
  if (device_count) (*list)[0] = &device;
  return device_count;
}
void libusb_free_device_list(void** list, int unref) {
  (void)unref;
  free(list);
}
uint8_t libusb_get_bus_number(void* d) {
  (void)d;
  return 2;
}
uint8_t libusb_get_device_address(void* d) {
  (void)d;
  return 7;
}
int libusb_get_device_speed(void* d) {
  (void)d;
  return 4;
}
int libusb_get_device_descriptor(void* d, struct device_descriptor* out) {
  (void)d;
  const struct device_descriptor v = {18, 1, 0x300, 0, 0, 0, 9, vendor, product, 0x307, 1, 2, 3, 1};
  *out = v;
  return 0;
}
int libusb_get_active_config_descriptor(void* d, struct config** out) {
  (void)d;
  static const struct endpoint endpoints[3] = {{7, 5, 0x82, 2, 1024, 0, 0, 0, NULL, 0},
                                               {7, 5, 0x02, 2, 1024, 0, 0, 0, NULL, 0},
                                               {7, 5, 0x81, 2, 1024, 0, 0, 0, NULL, 0}};
  static struct setting s;
  static const struct interface i = {&s, 1};
  static struct config c = {9, 2, 44, 1, 1, 0, 0x80, 50, &i, NULL, 0};
  const struct setting v = {9, 4, 0, 0, 3, kind_class, kind_sub, 0, 0, endpoints, NULL, 0};
  s = v;
  *out = &c;
  return 0;
}
void libusb_free_config_descriptor(struct config* c) { (void)c; }
int libusb_open(void* d, void** handle) {
  (void)d;
  if (open_status) return open_status;
  *handle = newest = listing;
  return 0;
}
void libusb_close(void* handle) { (void)handle; }
int libusb_get_string_descriptor_ascii(void* h, uint8_t index, unsigned char* out, int n) {
  (void)h;
  if (index < 1 || index > 3) return -9;
  strncpy((char*)out, texts[index - 1], (size_t)n);
  return (int)strlen(texts[index - 1]);
}
int libusb_set_auto_detach_kernel_driver(void* h, int on) {
  (void)h;
  (void)on;
  return 0;
}
int libusb_claim_interface(void* h, int i) {
  (void)h;
  (void)i;
  return claim_status;
}
int libusb_release_interface(void* h, int i) {
  (void)h;
  (void)i;
  return 0;
}
int libusb_clear_halt(void* h, unsigned char endpoint) {
  (void)h;
  (void)endpoint;
  ++clear_halts;
  return 0;
}
int libusb_control_transfer(void* h, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                            unsigned char* data, uint16_t n, unsigned int timeout) {
  (void)h;
  (void)timeout;
  return on_control(type, request, value, index, data, n);
}
int libusb_bulk_transfer(void* h, unsigned char endpoint, unsigned char* data, int n, int* done,
                         unsigned int timeout) {
  (void)h;
  (void)timeout;
  const int result = on_bulk(endpoint, data, n);
  *done = result < 0 ? 0 : result;
  return result < 0 ? result : 0;
}
struct transfer* libusb_alloc_transfer(int iso) {
  (void)iso;
  return calloc(1, sizeof(struct transfer));
}
void libusb_free_transfer(struct transfer* t) { free(t); }
int libusb_submit_transfer(struct transfer* t) {
  struct context* c = t->handle;
  int status = submit_status;
  pthread_mutex_lock(&c->mutex);
  if (!status && c->n == QUEUE) status = -11;
  if (!status) c->queue[c->n++] = t;
  pthread_mutex_unlock(&c->mutex);
  return status;
}
static struct transfer* take(struct context* c, struct transfer* wanted) {
  for (int i = 0; i < c->n; ++i) {
    if (wanted && c->queue[i] != wanted) continue;
    struct transfer* t = c->queue[i];
    memmove(c->queue + i, c->queue + i + 1, (size_t)(--c->n - i) * sizeof *c->queue);
    return t;
  }
  return NULL;
}
int libusb_cancel_transfer(struct transfer* t) {
  struct context* c = t->handle;
  pthread_mutex_lock(&c->mutex);
  struct transfer* found = take(c, t);
  if (found) c->cancelled[c->n_cancelled++] = found;
  pthread_mutex_unlock(&c->mutex);
  return found ? 0 : -5;
}
int libusb_handle_events_timeout_completed(struct context* c, void* tv, int* completed) {
  (void)tv;
  (void)completed;
  pthread_mutex_lock(&c->mutex);
  struct transfer* t = NULL;
  if (c->n_cancelled) {
    t = c->cancelled[--c->n_cancelled];
    t->status = 3;
  } else if (c->n) {
    t = c->queue[0];
    pthread_mutex_unlock(&c->mutex);
    const int n = on_stream(t->endpoint, t->buffer, t->length);
    pthread_mutex_lock(&c->mutex);
    if (n == 0) {
      t = NULL;
    } else {
      take(c, t);
      t->status = n > 0 ? 0 : n == -4 ? 5 : n == -9 ? 4 : 1;
      t->actual_length = n > 0 ? n : 0;
    }
  }
  pthread_mutex_unlock(&c->mutex);
  if (t) {
    t->done(t);
  } else {
    const struct timespec pause = {0, 200000};
    nanosleep(&pause, NULL);
  }
  return 0;
}
