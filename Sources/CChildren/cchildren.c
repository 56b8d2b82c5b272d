// posix_spawn with the extensions of glibc, and the few calls beside it.

#define _GNU_SOURCE
#include "cchildren.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static int add_actions(
    posix_spawn_file_actions_t *actions, const char *folder, const int32_t *descriptors,
    int32_t count) {
  int failure = 0;
  for (int32_t i = 0; i < count && failure == 0; i++) {
    failure = descriptors[i] < count
                  ? EINVAL
                  : posix_spawn_file_actions_adddup2(actions, descriptors[i], i);
  }
  if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(actions, count);
  if (failure == 0 && folder != NULL) {
    failure = posix_spawn_file_actions_addchdir_np(actions, folder);
  }
  return failure;
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t every, none;
  sigfillset(&every);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(attributes, &every);
  posix_spawnattr_setsigmask(attributes, &none);
  return posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

int32_t cc_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder,
    const int32_t *descriptors, int32_t count) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t process = 0;
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure != 0) return -failure;
  failure = posix_spawnattr_init(&attributes);
  if (failure == 0) {
    failure = add_actions(&actions, folder, descriptors, count);
    if (failure == 0) failure = set_attributes(&attributes);
    if (failure == 0) {
      failure = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return failure == 0 ? process : -failure;
}

int32_t cc_pipe(int32_t ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno; }

int32_t cc_memory_file(const char *name) {
  int descriptor = memfd_create(name, MFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int32_t cc_has_ended(int32_t process) {
  siginfo_t found = {0};
  if (waitid(P_PID, (id_t)process, &found, WEXITED | WNOHANG | WNOWAIT) != 0) return -errno;
  return found.si_pid == process ? 1 : 0;
}

int64_t cc_write(int32_t descriptor, const void *bytes, int64_t count) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t written = write(descriptor, bytes, (size_t)count);
  int64_t result = written < 0 ? -errno : written;
  // The signal that came with the error is taken here, unless one was waiting before.
  if (result == -EPIPE && !was_pending) {
    struct timespec no_time = {0};
    while (sigtimedwait(&pipe_signal, NULL, &no_time) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

int32_t cc_is_marked(const char *path, const char *attribute) {
  char mark = 0;
  return getxattr(path, attribute, &mark, 1) == 1 && mark == '1' ? 1 : 0;
}
