// Dates and times of Arrow as ISO 8601 writes them.

#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string>

namespace vapo {

/// Appends a day, counted from 1970-01-01, such as 2024-02-29.
void append_day(std::string &out, int64_t day);

/// Appends a time of day, such as 12:30:00 or 12:30:00.250, from a count of units since midnight.
void append_time(std::string &out, int64_t count, arrow::TimeUnit::type unit);

/// Appends a point in time, such as 2024-02-29T12:30:00, from a count of units since 1970.
void append_moment(std::string &out, int64_t count, arrow::TimeUnit::type unit);

}  // namespace vapo
