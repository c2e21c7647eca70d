#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "neuro_kernels/events/order.hpp"
#include "neuro_kernels/events/records.hpp"

TEST_CASE("is_sorted finds one step back at any place") {
  for (int64_t n : {0, 1, 2, 1023, 1024, 1025, 5000}) {
    std::vector<int64_t> t(static_cast<size_t>(n), 3);
    CHECK(nk::order_kernels().is_sorted(t.data(), n));
    for (int64_t at : {int64_t{0}, n / 2, n - 2}) {
      if (at < 0 || at + 1 >= n) continue;
      t[static_cast<size_t>(at)] = 4;
      CHECK_FALSE(nk::order_kernels().is_sorted(t.data(), n));
      t[static_cast<size_t>(at)] = 3;
    }
  }
}

TEST_CASE("records of any stride come back as they went in") {
  const int64_t t[] = {-1, 1LL << 40, 5};
  const uint16_t x[] = {0, 65535, 7}, y[] = {1, 2, 3};
  const uint8_t p[] = {1, 0, 1};
  for (int64_t stride : {13, 16, 21}) {
    std::vector<uint8_t> records(static_cast<size_t>(3 * stride), 0xAA);
    const nk::RecordLayout layout{stride, stride - 8, 0, 3, 2};
    nk::columns_to_records({t, x, y, p, 3}, layout, records.data());
    int64_t t2[3];
    uint16_t x2[3], y2[3];
    uint8_t p2[3];
    nk::records_to_columns(records.data(), layout, 3, {t2, x2, y2, p2, 3});
    CHECK(std::memcmp(t, t2, sizeof t) == 0);
    CHECK(std::memcmp(x, x2, sizeof x) == 0);
    CHECK(std::memcmp(y, y2, sizeof y) == 0);
    CHECK(std::memcmp(p, p2, sizeof p) == 0);
    if (stride == 21) CHECK(records[6] == 0xAA);
  }
}
