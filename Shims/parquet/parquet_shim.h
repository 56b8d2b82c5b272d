/* Parquet for vapo: a file's columns, then its rows as JSON, through Arrow's C++ library.
 *
 * The library is loaded with dlopen when the first Parquet file is opened, and only then. Every
 * function is called from one thread at a time. No C++ exception leaves: a failure is NULL or -1,
 * and its reason waits in vp_last_error until the next call. Texts are UTF-8. */

#ifndef VAPO_PARQUET_SHIM_H
#define VAPO_PARQUET_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a function of this header does, or the bounds within which they read;
 * ParquetLibrary.swift wants the same number. */
#define VP_INTERFACE 2

/* An open file. */
typedef struct VPFile VPFile;

int32_t vp_interface(void);

/* The version of Arrow that is loaded, or NULL when it is not the one compiled against. */
const char *vp_arrow_version(void);

/* Why the last call failed. */
const char *vp_last_error(void);

VPFile *vp_open(const char *path);
void vp_close(VPFile *file);

int64_t vp_row_count(const VPFile *file);
int32_t vp_group_count(const VPFile *file);
int32_t vp_column_count(const VPFile *file);

/* The name and the type of a top-level column; valid until vp_close. */
const char *vp_column_name(const VPFile *file, int32_t column);
const char *vp_column_type(const VPFile *file, int32_t column);

/* Why a column cannot be written as JSON, such as "binary", or NULL when it can. */
const char *vp_column_objection(const VPFile *file, int32_t column);

/* Chooses the columns that vp_next reads, at least one, and starts at the first row. */
int32_t vp_select(VPFile *file, const int32_t *columns, int32_t count);

/* Reads some more rows: returns how many, 0 at the end, -1 on failure.
 *
 * Row i is the bytes of `text` from ends[i-1] (0 for the first) to ends[i]: a JSON object with one
 * key a chosen column or, where faults[i] is not 0, the reason why the row cannot be written as
 * one. All three are valid until the next call on this file. */
int64_t vp_next(VPFile *file, const char **text, const int64_t **ends, const uint8_t **faults);

#ifdef __cplusplus
}
#endif

#endif
