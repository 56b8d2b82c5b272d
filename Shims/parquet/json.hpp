// Values of Arrow arrays as JSON text.

#pragma once

#include <arrow/api.h>

#include <string>
#include <string_view>

namespace vapo {

/// Why one row cannot be written as JSON.
struct RowFault {
  std::string reason;
};

/// The name of the first type in `type`, itself or inside, that has no form in JSON; empty when all
/// have one.
std::string objection_to(const arrow::DataType &type, int depth = 0);

/// Appends `text` in double quotes. Throws RowFault if it is not UTF-8.
void append_text(std::string &out, std::string_view text);

/// Appends the value at `place`; what is missing is null.
///
///     integers, floats    digits; floats as Python spells them, NaN is null, infinities are text
///     decimals            a number with all its digits: 12.50
///     date, time          text as in ISO 8601: "2024-02-29T12:30:00Z", without Z when the zone is
///                         not known
///     list, struct        list, object
///     map                 an object; a list of {"key", "value"} where keys are not text
///     dictionary          what the index stands for
///
/// Every offset and index is checked against what it points into: they come out of a file.
/// Throws RowFault for texts that are not UTF-8 and for values that make `out` longer than `limit`.
void append_value(std::string &out, const arrow::Array &array, int64_t place, size_t limit);

}  // namespace vapo
