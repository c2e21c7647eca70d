/* A USB device below the real libusb: umockdev hands over the ioctls of its device node.
 *
 * The same functions as fake_libusb.c, so that a test plays both alike. libusb enumerates the
 * device through udev and sysfs, and reads and writes it through usbfs, as on any Linux.
 */
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <umockdev.h>
#include <unistd.h>

static int (*on_control)(int type, int request, int value, int index, unsigned char* data, int n);
static int (*on_bulk)(int endpoint, unsigned char* data, int n);
static int (*on_stream)(int endpoint, unsigned char* data, int n);
static int claim_status, submit_status, clear_halts, submitted;
static int vendor = 0x04B4, product = 0x00F5, kind_class = 0xFF, kind_sub = 0x19;
static char texts[3][64] = {"Prophesee", "EVK4", "00050001"};
static int stream_endpoint = 0x81;
static int speed_mbps = 5000;
static volatile int gone; /* unplugged */

static UMockdevTestbed* testbed;
static UMockdevIoctlBase* handler;
static char* device_path;

/* libusb's numbers for what the callbacks return, as errors of the kernel. */
static int errno_of(int code) {
  switch (code) {
    case -4: return ENODEV;
    case -6: return EBUSY;
    case -7: return ETIMEDOUT;
    case -9: return EPIPE;
    case -11: return ENOMEM;
    default: return EIO;
  }
}

struct urb {
  UMockdevIoctlData *urb, *buffer;
  int done;
  struct urb* next;
};
static struct urb* queue; /* in the order of submission */

static struct usbdevfs_urb* fields(const struct urb* u) {
  return (struct usbdevfs_urb*)u->urb->data;
}

static void finish(struct urb* u, int status, int actual) {
  struct usbdevfs_urb* f = fields(u);
  f->status = status;
  f->actual_length = actual;
  u->done = 1;
}

static void drop(struct urb* u) {
  for (struct urb** p = &queue; *p; p = &(*p)->next) {
    if (*p != u) continue;
    *p = u->next;
    break;
  }
  g_object_unref(u->urb);
  if (u->buffer) g_object_unref(u->buffer);
  free(u);
}

static int string_descriptor(int index, unsigned char* out, int room) {
  unsigned char d[130];
  int n = 2;
  d[1] = 3;
  if (index == 0) {
    d[n++] = 0x09;
    d[n++] = 0x04;
  } else if (index <= 3) {
    for (const char* c = texts[index - 1]; *c; ++c) {
      d[n++] = (unsigned char)*c;
      d[n++] = 0;
    }
  } else {
    return -9;
  }
  d[0] = (unsigned char)n;
  n = n < room ? n : room;
  memcpy(out, d, (size_t)n);
  return n;
}

/* The default endpoint: strings here, vendor requests by the test. */
static int control(unsigned char* setup) {
  const int type = setup[0], request = setup[1];
  const int value = setup[2] | setup[3] << 8, index = setup[4] | setup[5] << 8;
  const int length = setup[6] | setup[7] << 8;
  if ((type & 0x60) == 0x40) return on_control(type, request, value, index, setup + 8, length);
  if (type == 0x80 && request == 6 && value >> 8 == 3)
    return string_descriptor(value & 0xFF, setup + 8, length);
  return type & 0x80 ? -9 : 0;
}

/* Answers what can be answered at once; transfers of the stream are filled when they are reaped. */
static void play(struct urb* u) {
  struct usbdevfs_urb* f = fields(u);
  unsigned char* data = u->buffer ? u->buffer->data : NULL;
  int n;
  if (f->type == USBDEVFS_URB_TYPE_CONTROL) {
    n = control(data);
  } else if (f->endpoint == stream_endpoint) {
    n = on_stream(f->endpoint, data, f->buffer_length);
    if (n == 0) return;
  } else {
    n = on_bulk(f->endpoint, data, f->buffer_length);
    if (n == -7) return; /* until the host gives up */
  }
  if (n == -4) {
    gone = 1;
  } else if (n < 0) {
    finish(u, -errno_of(n), 0);
  } else {
    finish(u, 0, n);
  }
}

static void submit(UMockdevIoctlClient* client, UMockdevIoctlData* argument) {
  UMockdevIoctlData* data =
      umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_urb), NULL);
  struct usbdevfs_urb* f = (struct usbdevfs_urb*)data->data;
  if (f->endpoint == stream_endpoint && submit_status) {
    g_object_unref(data);
    umockdev_ioctl_client_complete(client, -1, errno_of(submit_status));
    return;
  }
  struct urb* u = calloc(1, sizeof *u);
  u->urb = data;
  if (f->buffer_length > 0)
    u->buffer = umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_urb, buffer),
                                            (gsize)f->buffer_length, NULL);
  struct urb** end = &queue;
  while (*end) end = &(*end)->next;
  *end = u;
  ++submitted;
  if (f->endpoint != stream_endpoint) play(u);
  umockdev_ioctl_client_complete(client, 0, 0);
}

static void reap(UMockdevIoctlClient* client, UMockdevIoctlData* argument) {
  for (struct urb* lost = gone ? queue : NULL; lost; lost = lost->next)
    if (!lost->done) finish(lost, -ESHUTDOWN, 0); /* as the kernel does on a disconnection */
  struct urb* u = queue;
  while (u && !u->done) u = u->next;
  if (!u && !gone) {
    struct urb* s = queue;
    while (s && fields(s)->endpoint != stream_endpoint) s = s->next;
    if (s) play(s);
    if (s && s->done) u = s;
  }
  if (!u) {
    if (!gone) usleep(200); /* the host asks again at once */
    umockdev_ioctl_client_complete(client, -1, gone ? ENODEV : EAGAIN);
    return;
  }
  UMockdevIoctlData* out = umockdev_ioctl_data_resolve(argument, 0, sizeof(void*), NULL);
  umockdev_ioctl_data_set_ptr(out, 0, u->urb);
  umockdev_ioctl_client_complete(client, 0, 0);
  g_object_unref(out);
  drop(u);
}

static void discard(UMockdevIoctlClient* client, UMockdevIoctlData* argument) {
  const gulong address = *(gulong*)argument->data;
  for (struct urb* u = queue; u; u = u->next) {
    if (u->urb->client_addr != address || u->done) continue;
    finish(u, -ENOENT, 0);
    umockdev_ioctl_client_complete(client, 0, 0);
    return;
  }
  umockdev_ioctl_client_complete(client, -1, EINVAL);
}

static gboolean handle(UMockdevIoctlBase* base, UMockdevIoctlClient* client) {
  (void)base;
  UMockdevIoctlData* argument = umockdev_ioctl_client_get_arg(client);
  const gulong request = umockdev_ioctl_client_get_request(client);
  if (gone && request != USBDEVFS_REAPURBNDELAY && request != USBDEVFS_REAPURB) {
    umockdev_ioctl_client_complete(client, -1, ENODEV);
    return TRUE;
  }
  switch (request) {
    case USBDEVFS_GET_CAPABILITIES: {
      UMockdevIoctlData* out = umockdev_ioctl_data_resolve(argument, 0, 4, NULL);
      *(uint32_t*)out->data = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
                              USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
      umockdev_ioctl_client_complete(client, 0, 0);
      g_object_unref(out);
      break;
    }
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_DISCONNECT_CLAIM:
      umockdev_ioctl_client_complete(client, claim_status ? -1 : 0,
                                     claim_status ? errno_of(claim_status) : 0);
      break;
    case USBDEVFS_CLEAR_HALT: ++clear_halts; /* fall through */
    case USBDEVFS_RELEASEINTERFACE:
    case USBDEVFS_SETINTERFACE:
    case USBDEVFS_SETCONFIGURATION:
    case USBDEVFS_RESET: umockdev_ioctl_client_complete(client, 0, 0); break;
    case USBDEVFS_GETDRIVER:
    case USBDEVFS_IOCTL: umockdev_ioctl_client_complete(client, -1, ENODATA); break;
    case USBDEVFS_SUBMITURB: submit(client, argument); break;
    case USBDEVFS_REAPURB:
    case USBDEVFS_REAPURBNDELAY: reap(client, argument); break;
    case USBDEVFS_DISCARDURB: discard(client, argument); break;
    default: umockdev_ioctl_client_complete(client, -1, ENOTTY);
  }
  return TRUE;
}

typedef struct {
  UMockdevIoctlBase parent;
} CameraBus;
typedef struct {
  UMockdevIoctlBaseClass parent_class;
} CameraBusClass;
G_DEFINE_TYPE(CameraBus, camera_bus, UMOCKDEV_TYPE_IOCTL_BASE)
static void camera_bus_class_init(CameraBusClass* class) {
  ((UMockdevIoctlBaseClass*)class)->handle_ioctl = handle;
}
static void camera_bus_init(CameraBus* self) { (void)self; }

void fake_play(void* control_call, void* bulk, void* stream) {
  on_control = control_call;
  on_bulk = bulk;
  on_stream = stream;
}
void fake_identity(int v, int p, int cls, int sub, const char* maker, const char* name) {
  vendor = v;
  product = p;
  kind_class = cls;
  kind_sub = sub;
  strncpy(texts[0], maker, 63);
  strncpy(texts[1], name, 63);
}
void fake_statuses(int open, int claim, int submit_code, int devices) {
  (void)open;
  (void)devices;
  claim_status = claim;
  submit_status = submit_code;
}
int fake_clear_halts(void) { return clear_halts; }
int umock_submitted(void) { return submitted; }

static int hex(char* out, const unsigned char* bytes, int n) {
  for (int i = 0; i < n; ++i) sprintf(out + 2 * i, "%02X", bytes[i]);
  return 2 * n;
}

/* Puts the device on the bus. The endpoints are those of a Treuzell board. */
int umock_plug(int speed) {
  const unsigned char v[2] = {vendor & 0xFF, (unsigned char)(vendor >> 8)};
  const unsigned char p[2] = {product & 0xFF, (unsigned char)(product >> 8)};
  const unsigned char c = (unsigned char)kind_class, s = (unsigned char)kind_sub;
  const unsigned char d[] = {
      18, 1, 0, 3, 0, 0, 0, 9, v[0], v[1], p[0], p[1], 0x07, 0x03, 1, 2, 3, 1, /* device */
      9, 2, 39, 0, 1, 1, 0, 0x80, 50,                                          /* configuration */
      9, 4, 0, 0, 3, c, s, 0, 0,                                               /* interface */
      7, 5, 0x82, 2, 0, 4, 0, 7, 5, 0x02, 2, 0, 4, 0, 7, 5, 0x81, 2, 0, 4, 0};
  char blob[2 * sizeof d + 1], text[2048];
  blob[hex(blob, d, sizeof d)] = '\0';
  speed_mbps = speed;
  snprintf(text, sizeof text,
           "P: /devices/usb2/2-1\nN: bus/usb/002/007\nE: DEVNAME=/dev/bus/usb/002/007\n"
           "E: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: BUSNUM=002\nE: DEVNUM=007\n"
           "A: busnum=2\\n\nA: devnum=7\\n\nA: speed=%d\\n\nA: bConfigurationValue=1\\n\n"
           "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\nA: manufacturer=%s\\n\nA: product=%s\\n\n"
           "A: serial=%s\\n\nH: descriptors=%s\n\n"
           "P: /devices/usb2/2-1/2-1:1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n"
           "A: bInterfaceClass=%02x\\n\nA: bInterfaceSubClass=%02x\\n\n",
           speed_mbps, vendor, product, texts[0], texts[1], texts[2], blob, kind_class, kind_sub);
  GError* error = NULL;
  if (!testbed) testbed = umockdev_testbed_new();
  gone = submitted = 0;
  while (queue) drop(queue);
  if (!umockdev_testbed_add_from_string(testbed, text, &error)) {
    fprintf(stderr, "%s\n", error->message);
    return -1;
  }
  handler = g_object_new(camera_bus_get_type(), NULL);
  if (!umockdev_testbed_attach_ioctl(testbed, "/dev/bus/usb/002/007", handler, &error)) {
    fprintf(stderr, "%s\n", error->message);
    return -1;
  }
  device_path = "/sys/devices/usb2/2-1";
  umockdev_testbed_uevent(testbed, device_path, "add");
  return 0;
}

/* Takes it off. */
void umock_unplug(void) {
  if (!device_path) return;
  gone = 1;
  umockdev_testbed_uevent(testbed, device_path, "remove");
  umockdev_testbed_detach_ioctl(testbed, "/dev/bus/usb/002/007", NULL);
  umockdev_testbed_remove_device(testbed, "/sys/devices/usb2/2-1/2-1:1.0");
  umockdev_testbed_remove_device(testbed, device_path);
  g_object_unref(handler);
  device_path = NULL;
}
