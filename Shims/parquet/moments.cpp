// Dates and times as text. The calendar is the Gregorian one, also before it was introduced.

#include "moments.hpp"

#include <cstdio>

namespace vapo {
namespace {

struct Fraction {
  int64_t per_second;
  int digits;
};

Fraction fraction_of(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return {1, 0};
    case arrow::TimeUnit::MILLI: return {1'000, 3};
    case arrow::TimeUnit::MICRO: return {1'000'000, 6};
    case arrow::TimeUnit::NANO: return {1'000'000'000, 9};
  }
  return {1, 0};
}

/// Division that rounds down, and what is left.
int64_t divide(int64_t value, int64_t by, int64_t &rest) {
  int64_t quotient = value / by;
  rest = value % by;
  if (rest < 0) {
    rest += by;
    quotient -= 1;
  }
  return quotient;
}

}  // namespace

void append_day(std::string &out, int64_t day) {
  // Years begin in March here, so that the leap day is a year's last; 400 years have 146097 days.
  int64_t in_era, era = divide(day + 719'468, 146'097, in_era);
  int64_t of_era = (in_era - in_era / 1'460 + in_era / 36'524 - in_era / 146'096) / 365;
  int64_t in_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
  int64_t march_month = (5 * in_year + 2) / 153;
  int64_t day_of_month = in_year - (153 * march_month + 2) / 5 + 1;
  int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  int64_t year = of_era + era * 400 + (month <= 2 ? 1 : 0);
  char text[64];
  snprintf(text, sizeof text, "%04lld-%02lld-%02lld", static_cast<long long>(year),
           static_cast<long long>(month), static_cast<long long>(day_of_month));
  out += text;
}

void append_time(std::string &out, int64_t count, arrow::TimeUnit::type unit) {
  auto [per_second, digits] = fraction_of(unit);
  int64_t fraction, seconds = divide(count, per_second, fraction);
  char text[64];
  snprintf(text, sizeof text, "%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
           static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  out += text;
  if (fraction == 0) return;
  snprintf(text, sizeof text, ".%0*lld", digits, static_cast<long long>(fraction));
  out += text;
}

void append_moment(std::string &out, int64_t count, arrow::TimeUnit::type unit) {
  int64_t within, day = divide(count, fraction_of(unit).per_second * 86'400, within);
  append_day(out, day);
  out += 'T';
  append_time(out, within, unit);
}

}  // namespace vapo
