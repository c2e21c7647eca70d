// Arrays of event records (as other libraries keep them) from and to columns.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Where the fields of one record lie, in bytes. t is 8 bytes wide, x and y 2, p 1.
struct RecordLayout {
  int64_t stride;  // from one record to the next; any sign
  int64_t t, x, y, p;
};

// Copies the fields of `n` records to columns, bit by bit: signs and ranges are the caller's to
// check. `records` needs no alignment.
void records_to_columns(const uint8_t* records, const RecordLayout& layout, int64_t n,
                        const MutableColumns& out) noexcept;

// Copies columns into the fields of records; bytes between the fields are left alone.
void columns_to_records(const Columns& events, const RecordLayout& layout,
                        uint8_t* records) noexcept;

}  // namespace nk
