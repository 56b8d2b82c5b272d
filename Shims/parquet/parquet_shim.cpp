// The functions of parquet_shim.h over Arrow's C++ library.

#include "parquet_shim.h"

#include <arrow/api.h>
#include <arrow/config.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "json.hpp"

namespace {

thread_local std::string last_error;

/// Rows that are read and written as JSON at a time.
constexpr int64_t rows_at_a_time = 256;
/// How much text vp_next returns at a time, at least one row.
constexpr size_t text_at_a_time = size_t{8} << 20;
/// The longest row, in bytes: that of a line of JSON.
constexpr size_t longest_row = size_t{64} << 20;
/// What Arrow may hold at a time: so much, and so many times the file, and no more than all. A small file
/// may ask for anything.
constexpr int64_t least_memory = int64_t{256} << 20;
constexpr int64_t memory_per_byte = 64;
constexpr int64_t most_memory = int64_t{2} << 30;
/// The rows that a file may count: so many, and one more for each of its bytes. A few bytes say that a
/// row is repeated without end.
constexpr int64_t least_rows = 1000000;
/// No product of the file's size overflows.
constexpr int64_t largest_file = int64_t{1} << 48;

struct Failure {
  std::string reason;
};

void check(const arrow::Status &status) {
  if (!status.ok()) throw Failure{status.message()};
}

template <typename Value>
Value check(arrow::Result<Value> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

/// Arrow's words, but for those of the bound on memory, which name its own parts.
std::string in_words(const std::string &reason) {
  bool is_bound = reason.find("cap exceeded") != std::string::npos;
  return is_bound ? "its rows need more memory than files of its size have use for" : reason;
}

/// Runs `body`. No exception leaves: `failed` comes back and the reason waits in last_error.
template <typename Value, typename Body>
Value guarded(Value failed, Body body) noexcept {
  try {
    return body();
  } catch (const Failure &failure) {
    last_error = in_words(failure.reason);
  } catch (const std::exception &error) {
    last_error = in_words(error.what());
  } catch (...) {
    last_error = "Arrow threw something that is not a std::exception";
  }
  return failed;
}

void add_leaves(const parquet::arrow::SchemaField &field, std::vector<int> &leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const auto &child : field.children) add_leaves(child, leaves);
}

}  // namespace

struct VPFile {
  explicit VPFile(int64_t bytes)
      : pool{&counted, std::min(most_memory, least_memory + memory_per_byte * bytes)} {}
  arrow::ProxyMemoryPool counted{arrow::system_memory_pool()};
  arrow::CappedMemoryPool pool;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  int64_t rows = 0;
  std::vector<std::string> names, types, objections;
  std::unique_ptr<arrow::RecordBatchReader> batches;
  /// The rows at hand, and which of them is next.
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t next = 0;
  std::string text;
  std::vector<int64_t> ends;
  std::vector<uint8_t> faults;
};

namespace {

/// Appends a row of the batch at hand: its JSON, or why there is none.
void append_row(VPFile &file, int64_t row) {
  size_t start = file.text.size();
  int column = 0;
  try {
    file.text += '{';
    for (; column < file.batch->num_columns(); ++column) {
      if (column > 0) file.text += ", ";
      vapo::append_text(file.text, file.batch->column_name(column));
      file.text += ": ";
      vapo::append_value(file.text, *file.batch->column(column), row, start + longest_row);
    }
    file.text += '}';
    file.faults.push_back(0);
  } catch (const vapo::RowFault &fault) {
    file.text.resize(start);
    file.text += "the column '" + file.batch->column_name(column) + "' is " + fault.reason;
    file.faults.push_back(1);
  }
  file.ends.push_back(static_cast<int64_t>(file.text.size()));
}

}  // namespace

int32_t vp_interface(void) { return VP_INTERFACE; }

const char *vp_arrow_version(void) {
  const char *found = arrow::GetBuildInfo().version_string.c_str();
  if (std::strcmp(found, ARROW_VERSION_STRING) == 0) return ARROW_VERSION_STRING;
  last_error = std::string("made for Arrow ") + ARROW_VERSION_STRING + ", and Arrow " + found +
               " is there";
  return nullptr;
}

const char *vp_last_error(void) { return last_error.c_str(); }

VPFile *vp_open(const char *path) {
  return guarded<VPFile *>(nullptr, [&] {
    auto opened = check(arrow::io::ReadableFile::Open(path));
    int64_t bytes = check(opened->GetSize());
    if (bytes > largest_file) throw Failure{"it is larger than " + std::to_string(largest_file) + " bytes"};
    auto file = std::make_unique<VPFile>(bytes);
    parquet::ReaderProperties properties(&file->pool);
    properties.enable_buffered_stream();
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties how(/*use_threads=*/false);
    how.set_batch_size(rows_at_a_time);
    how.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(opened, properties));
    file->reader = check(builder.memory_pool(&file->pool)->properties(how)->Build());
    file->rows = file->reader->parquet_reader()->metadata()->num_rows();
    if (file->rows < 0) throw Failure{"the footer counts " + std::to_string(file->rows) + " rows"};
    if (file->rows > least_rows + bytes) {
      throw Failure{"its footer counts " + std::to_string(file->rows) + " rows in " +
                    std::to_string(bytes) + " bytes"};
    }
    for (const auto &field : file->reader->manifest().schema_fields) {
      file->names.push_back(field.field->name());
      file->types.push_back(field.field->type()->ToString());
      file->objections.push_back(vapo::objection_to(*field.field->type()));
    }
    return file.release();
  });
}

void vp_close(VPFile *file) {
  guarded(0, [&] {
    delete file;
    return 0;
  });
}

int64_t vp_row_count(const VPFile *file) { return file->rows; }

int32_t vp_group_count(const VPFile *file) { return file->reader->num_row_groups(); }

int32_t vp_column_count(const VPFile *file) { return static_cast<int32_t>(file->names.size()); }

const char *vp_column_name(const VPFile *file, int32_t column) {
  return file->names[column].c_str();
}

const char *vp_column_type(const VPFile *file, int32_t column) {
  return file->types[column].c_str();
}

const char *vp_column_objection(const VPFile *file, int32_t column) {
  const auto &objection = file->objections[column];
  return objection.empty() ? nullptr : objection.c_str();
}

int32_t vp_select(VPFile *file, const int32_t *columns, int32_t count) {
  return guarded(-1, [&] {
    std::vector<int> leaves, groups;
    const auto &fields = file->reader->manifest().schema_fields;
    for (int32_t i = 0; i < count; ++i) add_leaves(fields.at(columns[i]), leaves);
    for (int group = 0; group < file->reader->num_row_groups(); ++group) groups.push_back(group);
    file->batch = nullptr;
    file->batches = check(file->reader->GetRecordBatchReader(groups, leaves));
    return 0;
  });
}

int64_t vp_next(VPFile *file, const char **text, const int64_t **ends, const uint8_t **faults) {
  return guarded(int64_t{-1}, [&] {
    if (!file->batches) throw Failure{"no columns were chosen"};
    while (!file->batch || file->next >= file->batch->num_rows()) {
      check(file->batches->ReadNext(&file->batch));
      if (!file->batch) return int64_t{0};
      check(file->batch->Validate());
      file->next = 0;
    }
    file->text.clear();
    file->ends.clear();
    file->faults.clear();
    while (file->next < file->batch->num_rows() && file->text.size() < text_at_a_time) {
      append_row(*file, file->next++);
    }
    *text = file->text.data();
    *ends = file->ends.data();
    *faults = file->faults.data();
    return static_cast<int64_t>(file->ends.size());
  });
}
