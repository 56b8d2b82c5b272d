// Values of Arrow arrays as JSON text: one switch over types, with checked offsets.

#include "json.hpp"

#include <arrow/util/checked_cast.h>
#include <arrow/util/float16.h>

#include <charconv>
#include <cmath>

#include "moments.hpp"

namespace vapo {
namespace {

using arrow::Array;
using arrow::Type;
using arrow::internal::checked_cast;

constexpr int deepest = 64;

[[noreturn]] void damaged() { throw RowFault{"damaged: a value lies outside its column"}; }

template <typename Number>
void append_number(std::string &out, Number number) {
  char digits[64];
  auto result = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, result.ptr);
}

template <typename Float>
void append_float(std::string &out, Float number) {
  if (std::isnan(number)) {
    out += "null";
  } else if (std::isinf(number)) {
    out += number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    auto start = out.size();
    append_number(out, number);
    if (out.find_first_not_of("-0123456789", start) == std::string::npos) out += ".0";
  }
}

/// The text at `place` of an array with offsets into bytes.
template <typename Texts>
std::string_view text_at(const Array &array, int64_t place) {
  const auto &texts = checked_cast<const Texts &>(array);
  int64_t start = texts.value_offset(place), length = texts.value_length(place);
  int64_t size = texts.value_data() ? texts.value_data()->size() : 0;
  if (start < 0 || length < 0 || start > size || length > size - start) damaged();
  return length == 0 ? std::string_view() : std::string_view(texts.GetView(place));
}

class Writer {
 public:
  Writer(std::string &out, size_t limit) : out(out), limit(limit) {}

  void value(const Array &array, int64_t place, int depth) {
    if (place < 0 || place >= array.length()) damaged();
    if (depth > deepest) throw RowFault{"nested deeper than " + std::to_string(deepest)};
    if (out.size() > limit) {
      throw RowFault{"longer than " + std::to_string(limit) + " bytes"};
    }
    if (array.IsNull(place)) {
      out += "null";
      return;
    }
    switch (array.type_id()) {
      case Type::NA: out += "null"; break;
      case Type::BOOL:
        out += checked_cast<const arrow::BooleanArray &>(array).Value(place) ? "true" : "false";
        break;
      case Type::INT8: integer<arrow::Int8Array>(array, place); break;
      case Type::INT16: integer<arrow::Int16Array>(array, place); break;
      case Type::INT32: integer<arrow::Int32Array>(array, place); break;
      case Type::INT64: integer<arrow::Int64Array>(array, place); break;
      case Type::UINT8: integer<arrow::UInt8Array>(array, place); break;
      case Type::UINT16: integer<arrow::UInt16Array>(array, place); break;
      case Type::UINT32: integer<arrow::UInt32Array>(array, place); break;
      case Type::UINT64: integer<arrow::UInt64Array>(array, place); break;
      case Type::HALF_FLOAT: {
        auto bits = checked_cast<const arrow::HalfFloatArray &>(array).Value(place);
        append_float(out, arrow::util::Float16::FromBits(bits).ToFloat());
        break;
      }
      case Type::FLOAT:
        append_float(out, checked_cast<const arrow::FloatArray &>(array).Value(place));
        break;
      case Type::DOUBLE:
        append_float(out, checked_cast<const arrow::DoubleArray &>(array).Value(place));
        break;
      case Type::DECIMAL32: decimal<arrow::Decimal32Array>(array, place); break;
      case Type::DECIMAL64: decimal<arrow::Decimal64Array>(array, place); break;
      case Type::DECIMAL128: decimal<arrow::Decimal128Array>(array, place); break;
      case Type::DECIMAL256: decimal<arrow::Decimal256Array>(array, place); break;
      case Type::STRING: text(text_at<arrow::StringArray>(array, place)); break;
      case Type::LARGE_STRING: text(text_at<arrow::LargeStringArray>(array, place)); break;
      case Type::STRING_VIEW:
        text(checked_cast<const arrow::StringViewArray &>(array).GetView(place));
        break;
      case Type::DATE32: {
        auto day = checked_cast<const arrow::Date32Array &>(array).Value(place);
        quoted([&] { append_day(out, day); });
        break;
      }
      case Type::DATE64: {
        // Milliseconds of whole days.
        auto count = checked_cast<const arrow::Date64Array &>(array).Value(place);
        quoted([&] { append_moment(out, count, arrow::TimeUnit::MILLI); });
        break;
      }
      case Type::TIME32: {
        auto unit = checked_cast<const arrow::Time32Type &>(*array.type()).unit();
        auto count = checked_cast<const arrow::Time32Array &>(array).Value(place);
        quoted([&] { append_time(out, count, unit); });
        break;
      }
      case Type::TIME64: {
        auto unit = checked_cast<const arrow::Time64Type &>(*array.type()).unit();
        auto count = checked_cast<const arrow::Time64Array &>(array).Value(place);
        quoted([&] { append_time(out, count, unit); });
        break;
      }
      case Type::TIMESTAMP: {
        const auto &type = checked_cast<const arrow::TimestampType &>(*array.type());
        auto count = checked_cast<const arrow::TimestampArray &>(array).Value(place);
        quoted([&] {
          append_moment(out, count, type.unit());
          if (!type.timezone().empty()) out += 'Z';
        });
        break;
      }
      case Type::LIST: list<arrow::ListArray>(array, place, depth); break;
      case Type::LARGE_LIST: list<arrow::LargeListArray>(array, place, depth); break;
      case Type::LIST_VIEW: list<arrow::ListViewArray>(array, place, depth); break;
      case Type::LARGE_LIST_VIEW: list<arrow::LargeListViewArray>(array, place, depth); break;
      case Type::FIXED_SIZE_LIST: list<arrow::FixedSizeListArray>(array, place, depth); break;
      case Type::STRUCT: object(array, place, depth); break;
      case Type::MAP: map(array, place, depth); break;
      case Type::DICTIONARY: {
        const auto &dictionary = checked_cast<const arrow::DictionaryArray &>(array);
        value(*dictionary.dictionary(), dictionary.GetValueIndex(place), depth + 1);
        break;
      }
      case Type::EXTENSION:
        value(*checked_cast<const arrow::ExtensionArray &>(array).storage(), place, depth + 1);
        break;
      default: throw RowFault{"of the type " + array.type()->ToString()};
    }
  }

 private:
  std::string &out;
  size_t limit;

  void text(std::string_view text) {
    if (text.size() > limit) {
      throw RowFault{"longer than " + std::to_string(limit) + " bytes"};
    }
    append_text(out, text);
  }

  template <typename Append>
  void quoted(Append append) {
    out += '"';
    append();
    out += '"';
  }

  template <typename Numbers>
  void integer(const Array &array, int64_t place) {
    append_number(out, checked_cast<const Numbers &>(array).Value(place));
  }

  template <typename Numbers>
  void decimal(const Array &array, int64_t place) {
    out += checked_cast<const Numbers &>(array).FormatValue(place);
  }

  /// The bounds of a list's elements, checked.
  template <typename Lists>
  std::pair<int64_t, int64_t> bounds(const Lists &lists, int64_t place) {
    int64_t start = lists.value_offset(place), length = lists.value_length(place);
    int64_t size = lists.values()->length();
    if (start < 0 || length < 0 || start > size || length > size - start) damaged();
    return {start, start + length};
  }

  template <typename Lists>
  void list(const Array &array, int64_t place, int depth) {
    const auto &lists = checked_cast<const Lists &>(array);
    auto [start, end] = bounds(lists, place);
    out += '[';
    for (auto element = start; element < end; ++element) {
      if (element > start) out += ", ";
      value(*lists.values(), element, depth + 1);
    }
    out += ']';
  }

  void object(const Array &array, int64_t place, int depth) {
    const auto &objects = checked_cast<const arrow::StructArray &>(array);
    out += '{';
    for (int field = 0; field < objects.num_fields(); ++field) {
      if (field > 0) out += ", ";
      append_text(out, objects.struct_type()->field(field)->name());
      out += ": ";
      value(*objects.field(field), place, depth + 1);
    }
    out += '}';
  }

  void map(const Array &array, int64_t place, int depth) {
    const auto &maps = checked_cast<const arrow::MapArray &>(array);
    auto [start, end] = bounds(maps, place);
    auto key_type = maps.map_type()->key_type()->id();
    bool is_object = key_type == Type::STRING || key_type == Type::LARGE_STRING;
    out += is_object ? '{' : '[';
    for (auto entry = start; entry < end; ++entry) {
      if (entry > start) out += ", ";
      if (!is_object) out += "{\"key\": ";
      value(*maps.keys(), entry, depth + 1);
      out += is_object ? ": " : ", \"value\": ";
      value(*maps.items(), entry, depth + 1);
      if (!is_object) out += '}';
    }
    out += is_object ? '}' : ']';
  }
};

/// The length of the UTF-8 scalar at the start of `text`, or 0 if there is none (RFC 3629).
size_t scalar_length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  uint8_t first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    bool is_short = first == 0xE0 && second < 0xA0, is_surrogate = first == 0xED && second > 0x9F;
    return !is_short && !is_surrogate && follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    bool is_short = first == 0xF0 && second < 0x90, is_beyond = first == 0xF4 && second > 0x8F;
    return !is_short && !is_beyond && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string objection_to(const arrow::DataType &type, int depth) {
  if (depth > deepest) return "nested deeper than " + std::to_string(deepest);
  switch (type.id()) {
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY: return "binary";
    case Type::DICTIONARY: {
      const auto &dictionary = checked_cast<const arrow::DictionaryType &>(type);
      return objection_to(*dictionary.value_type(), depth + 1);
    }
    case Type::EXTENSION: {
      const auto &extension = checked_cast<const arrow::ExtensionType &>(type);
      return objection_to(*extension.storage_type(), depth + 1);
    }
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
    case Type::FIXED_SIZE_LIST:
    case Type::STRUCT:
    case Type::MAP:
      for (const auto &field : type.fields()) {
        auto objection = objection_to(*field->type(), depth + 1);
        if (!objection.empty()) return objection;
      }
      return "";
    case Type::DURATION:
    case Type::INTERVAL_MONTHS:
    case Type::INTERVAL_DAY_TIME:
    case Type::INTERVAL_MONTH_DAY_NANO:
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
    case Type::RUN_END_ENCODED: return type.ToString();
    default: return "";
  }
}

void append_text(std::string &out, std::string_view text) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  out += '"';
  size_t place = 0;
  while (place < text.size()) {
    // Plain characters go over in one piece.
    size_t end = place;
    while (end < text.size()) {
      uint8_t byte = text[end];
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
      ++end;
    }
    out.append(text.substr(place, end - place));
    place = end;
    if (place == text.size()) break;
    uint8_t byte = text[place];
    if (byte >= 0x80) {
      size_t length = scalar_length(text.substr(place));
      if (length == 0) {
        throw RowFault{"not UTF-8, from byte " + std::to_string(place + 1) + " of a text"};
      }
      out.append(text.substr(place, length));
      place += length;
      continue;
    }
    switch (byte) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += hexadecimal[byte >> 4];
        out += hexadecimal[byte & 15];
    }
    ++place;
  }
  out += '"';
}

void append_value(std::string &out, const Array &array, int64_t place, size_t limit) {
  Writer(out, limit).value(array, place, 0);
}

}  // namespace vapo
