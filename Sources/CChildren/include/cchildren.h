// What starting other programs safely needs of the C library and Swift cannot reach: functions that
// glibc keeps behind _GNU_SOURCE. One function, one job, no policy.

#ifndef CCHILDREN_H
#define CCHILDREN_H

#include <stdint.h>

/// Starts a program in a session of its own, with default signals and none blocked.
///
/// Descriptor `descriptors[i]` of the caller becomes descriptor `i` of the program; it has no others.
/// All of them must be numbered `count` or higher, so that none is overwritten before it is copied.
///
/// Returns the process id, or the negative errno.
int32_t cc_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const int32_t *descriptors, int32_t count);

/// Makes a pipe whose ends are not inherited: `ends[0]` reads. Returns 0, or the negative errno.
int32_t cc_pipe(int32_t ends[2]);

/// Makes a file in memory that is not inherited. Returns its descriptor, or the negative errno.
int32_t cc_memory_file(const char *name);

/// Looks whether a child has ended and leaves it to be reaped.
///
/// Returns 1 if it has, 0 if it runs, or the negative errno.
int32_t cc_has_ended(int32_t process);

/// Writes to a pipe whose reader may be gone: that is an error and no signal to this process.
///
/// Returns the number of bytes written, or the negative errno.
int64_t cc_write(int32_t descriptor, const void *bytes, int64_t count);

/// Whether an extended attribute of a file, of which Swift has no call, is the one byte `1`: 1 or 0.
int32_t cc_is_marked(const char *path, const char *attribute);

#endif
