// Work shared out to the threads libtorch itself computes on: one pool, so that neither starves the
// other. libtorch's own parallel_for is a template over `#pragma omp`, which each compiler binds to
// its own runtime; the runtime's entry point is the same for all of them.
#pragma once
#include <cstdint>
#include <type_traits>

namespace ct {

/// How many threads the next `shared` uses.
int thread_count();

namespace detail {
void run(void (*body)(void *, int thread, int threads), void *context, int threads);
}

/// Runs body(thread, threads) once on each of up to `most` threads, and waits for all.
///
/// Not to be nested. `body` must not throw.
template <typename Body>
void on_threads(int most, Body &&body) {
  int threads = thread_count();
  if (threads > most) threads = most;
  if (threads <= 1) return body(0, 1);
  using Plain = std::remove_reference_t<Body>;
  detail::run([](void *context, int thread, int count) { (*static_cast<Plain *>(context))(thread, count); },
              const_cast<void *>(static_cast<const void *>(&body)), threads);
}

/// Cuts 0..<count into one range a thread, each but the last a multiple of `grain` long, and runs
/// body(begin, end) on those that hold anything.
template <typename Body>
void shared(int64_t count, int64_t grain, Body &&body) {
  if (count <= 0) return;
  const int64_t portions = (count + grain - 1) / grain;
  on_threads(portions < 1024 ? static_cast<int>(portions) : 1024, [&](int thread, int threads) {
    const int64_t begin = portions * thread / threads * grain;
    int64_t end = portions * (thread + 1) / threads * grain;
    if (end > count) end = count;
    if (begin < end) body(begin, end);
  });
}

}  // namespace ct
