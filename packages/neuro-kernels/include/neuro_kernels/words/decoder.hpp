// Words on the data endpoints of iniVation's cameras to events.
//
//   davis   16-bit little-endian words: rows, columns with a polarity, frame samples
//   dvx     16-bit little-endian words: columns, groups of eight rows, masks
//   dvs128  4 bytes: address u16, time u16 (14 bits), both little-endian
//   edvs    4 bytes "E2": row | 0x80, column | OFF << 7, time u16 big-endian
//
// A decoder gives the events, and hands on each word that is neither event nor time with the time
// at which it was sent: edges, inertial samples and frames are put together elsewhere.
//
// Times rise by wrap words whose count is multiplied, never by one step for many wraps; they never
// step back except where the device says that its clock was reset.
#pragma once

#include <cstdint>
#include <memory>

#include "neuro_kernels/codecs/decode.hpp"

namespace nk {

// Words that are neither event nor time.
struct SideColumns {
  int64_t* t;      // microseconds
  uint16_t* word;  // dvs128: the address
  int64_t capacity;
};

struct WordRoom {
  int64_t events = 0;
  int64_t side = 0;
};

struct WordProgress {
  int64_t events = 0;
  int64_t side = 0;
  int64_t untimed = 0;  // leading side words whose time is not known
  bool reset = false;   // the clock started again somewhere in these bytes
};

// How the sensor is wired.
struct WordSensor {
  int32_t columns = 0, rows = 0;  // on the wire; events outside are left out
  bool invert = false;            // exchange columns and rows of what is given
};

class WordDecoder {
 public:
  virtual ~WordDecoder() = default;

  // Room that `decode` needs for these bytes in its outputs, at least.
  virtual WordRoom room(const uint8_t* data, int64_t n) const noexcept = 0;

  // Consumes all bytes, which may be cut anywhere.
  virtual WordProgress decode(const uint8_t* data, int64_t n, const MutableColumns& events,
                              const SideColumns& side) noexcept = 0;

  // Bytes are missing here: the place of the next event is unknown until it is told again. Returns
  // how many bytes of an unfinished word were dropped.
  virtual int64_t lose() noexcept = 0;

  virtual const DecodeCounts& counts() const noexcept = 0;
};

std::unique_ptr<WordDecoder> make_davis_decoder(const WordSensor&);
std::unique_ptr<WordDecoder> make_dvx_decoder(const WordSensor&);
std::unique_ptr<WordDecoder> make_dvs128_decoder(const WordSensor&);
std::unique_ptr<WordDecoder> make_edvs_decoder(const WordSensor&);

}  // namespace nk
