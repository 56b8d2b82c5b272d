#include "Threads.hpp"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace ct {

namespace {

using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
using Number = int (*)();

/// The OpenMP runtime that libtorch has loaded; no functions where it has none.
struct Runtime {
  Parallel parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  Number number = reinterpret_cast<Number>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
  bool is_there() const { return parallel && number; }
};

const Runtime &runtime() {
  static const Runtime runtime;
  return runtime;
}

struct Call {
  void (*body)(void *, int, int);
  void *context;
  int threads;
};

}  // namespace

int thread_count() { return runtime().is_there() ? at::get_num_threads() : 1; }

void detail::run(void (*body)(void *, int, int), void *context, int threads) {
  Call call{body, context, threads};
  runtime().parallel(
      [](void *data) {
        const Call &call = *static_cast<Call *>(data);
        call.body(call.context, runtime().number(), call.threads);
      },
      &call, static_cast<unsigned>(threads), 0);
}

}  // namespace ct
