// Broken Parquet files for the shim, drawn by libFuzzer: dev/fuzz builds and runs it.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "parquet_shim.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  int file = memfd_create("input", MFD_CLOEXEC);
  if (file < 0 || write(file, bytes, count) != static_cast<ssize_t>(count)) return -1;
  std::string path = "/proc/self/fd/" + std::to_string(file);
  if (VPFile *opened = vp_open(path.c_str())) {
    std::vector<int32_t> columns;
    for (int32_t column = 0; column < vp_column_count(opened); ++column) {
      if (vp_column_objection(opened, column) == nullptr) columns.push_back(column);
    }
    const char *text;
    const int64_t *ends;
    const uint8_t *faults;
    if (!columns.empty() &&
        vp_select(opened, columns.data(), static_cast<int32_t>(columns.size())) == 0) {
      size_t seen = 0;
      for (int64_t rows; (rows = vp_next(opened, &text, &ends, &faults)) > 0;) {
        // Every byte that is said to be there is read.
        for (int64_t place = 0; place < ends[rows - 1]; ++place) seen += text[place] != 0;
      }
      if (seen == SIZE_MAX) return -1;
    }
    vp_close(opened);
  }
  close(file);
  return 0;
}
