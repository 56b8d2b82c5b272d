// A communicator of NCCL's between this process and others that libtorch's groups know nothing of.
//
// A thread of its own does all that it does, one thing after the other, and never waits where it could not be told to
// end: calls return at once and are asked after. So whoever uses it waits as long as it likes and no longer.
#include "Broadcast.hpp"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "Guard.hpp"

using namespace ct;
using std::chrono::milliseconds;

const Nccl *ct::nccl_double = nullptr;

namespace {

template <typename Function>
void find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  TORCH_CHECK(function, "it has no ", name);
}

/// The library's functions. It stays: what it has begun may go on after whoever began it.
Nccl functions_of(const char *path) {
  void *const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  TORCH_CHECK(library, dlerror());
  Nccl nccl{};
  find(library, "ncclGetUniqueId", nccl.get_name);
  find(library, "ncclCommInitRankConfig", nccl.join);
  find(library, "ncclAllReduce", nccl.all_reduce);
  find(library, "ncclBroadcast", nccl.broadcast);
  find(library, "ncclCommGetAsyncError", nccl.state);
  find(library, "ncclCommAbort", nccl.abort);
  find(library, "ncclGetErrorString", nccl.words);
  return nccl;
}

int nccl_type(const at::Tensor &tensor) {
  switch (tensor.scalar_type()) {
    case at::kByte: return nccl_uint8;
    case at::kHalf: return nccl_float16;
    case at::kFloat: return nccl_float32;
    case at::kDouble: return nccl_float64;
    case at::kBFloat16: return nccl_bfloat16;
    default: TORCH_CHECK(false, "no tensor of ", tensor.scalar_type(), " is sent");
  }
}

}  // namespace

namespace ct {

/// What a channel and its thread share; whoever goes first leaves it to the other.
struct ChannelWork {
  const Nccl nccl;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  int64_t left = 0;
  bool ends = false, has_ended = false;
  std::string failure;

  // The thread's own.
  void *channel = nullptr;
  at::Device device = at::kCPU;
  std::optional<c10::Stream> stream;
  /// What is added up first; it stays, for NCCL may write to it until it is aborted.
  at::Tensor one;

  explicit ChannelWork(const Nccl &nccl) : nccl(nccl) {}

  bool is_told_to_end() {
    const std::lock_guard lock(mutex);
    return ends;
  }

  void pause() {
    TORCH_CHECK(!is_told_to_end(), "it was ended");
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

  /// Waits for what a call has begun.
  void finish(int result, const char *what) {
    while (result == nccl_in_progress) {
      pause();
      const int asked = nccl.state(channel, &result);
      if (asked != nccl_success) result = asked;
    }
    TORCH_CHECK(result == nccl_success, what, ": ", nccl.words(result));
    // The device goes on; who is lost meanwhile is told by NCCL alone.
    while (stream && !stream->query()) {
      pause();
      const int asked = nccl.state(channel, &result);
      if (asked != nccl_success) result = asked;
      TORCH_CHECK(result == nccl_success || result == nccl_in_progress, what, ": ", nccl.words(result));
    }
  }

  /// For CUDA its stream; on other devices nothing waits.
  void *place() const { return device.is_cuda() ? stream->native_handle() : nullptr; }

  void work() {
    std::function<void()> task;
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return ends || !tasks.empty(); });
      if (ends) break;
      task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      std::string words;
      try {
        task();
        // What it held is given up before anybody hears that it is done.
        task = nullptr;
      } catch (const c10::Error &error) {
        words = error.what_without_backtrace();
      } catch (const std::exception &error) {
        words = error.what();
      }
      lock.lock();
      --left;
      failure = words;
      ends = ends || !words.empty();
      changed.notify_all();
    }
    lock.unlock();
    // What a task that failed holds is NCCL's until this is done.
    if (channel) nccl.abort(channel);
    task = nullptr;
    one.reset();
    lock.lock();
    tasks.clear();
    has_ended = true;
    changed.notify_all();
  }
};

}  // namespace ct

struct CTChannel {
  std::shared_ptr<ChannelWork> shared;

  void add(std::function<void()> task) const {
    const std::lock_guard lock(shared->mutex);
    TORCH_CHECK(!shared->ends, shared->failure.empty() ? "it was ended" : shared->failure);
    shared->tasks.push_back(std::move(task));
    ++shared->left;
    shared->changed.notify_all();
  }
};

CTChannel *ct_channel_open(const char *library) {
  return guarded_as<CTChannel *>(nullptr, [&] {
    auto shared = std::make_shared<ChannelWork>(nccl_double ? *nccl_double : functions_of(library));
    std::thread([shared] { shared->work(); }).detach();
    return new CTChannel{std::move(shared)};
  });
}

CTTensor *ct_channel_name(CTChannel *self) {
  return guarded([&] {
    ChannelName name;
    const auto &nccl = self->shared->nccl;
    const int result = nccl.get_name(&name);
    TORCH_CHECK(result == nccl_success, "making a name: ", nccl.words(result));
    auto bytes = at::empty({sizeof name.bytes}, at::kByte);
    std::memcpy(bytes.mutable_data_ptr<uint8_t>(), name.bytes, sizeof name.bytes);
    return bytes;
  });
}

CTStatus ct_channel_join(CTChannel *self, const uint8_t *name, int32_t rank, int32_t count, CTDevice device) {
  return attempted([&] {
    ChannelName wanted;
    std::memcpy(wanted.bytes, name, sizeof wanted.bytes);
    self->add([shared = self->shared.get(), wanted, rank, count, device = ct::device(device)] {
      const auto &nccl = shared->nccl;
      shared->device = device;
      const c10::OptionalDeviceGuard guard(device);
      if (!device.is_cpu()) shared->stream = c10::impl::VirtualGuardImpl(device.type()).getNewStream(device);
      ChannelSettings settings;
      shared->finish(nccl.join(&shared->channel, count, wanted, rank, &settings), "joining");
      // All of them do this first: connections are made by it.
      auto &one = shared->one = at::zeros({1}, at::TensorOptions(device).dtype(at::kFloat));
      if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
      shared->finish(nccl.all_reduce(one.data_ptr(), one.mutable_data_ptr(), 1, nccl_float32, nccl_sum,
                                     shared->channel, shared->place()),
                     "a first sum");
    });
  });
}

CTStatus ct_channel_broadcast(CTChannel *self, CTTensor *tensor) {
  return attempted([&] {
    const at::Tensor whole = in(tensor);
    TORCH_CHECK(whole.is_contiguous(), "a tensor that lies in pieces is sent");
    const int type = nccl_type(whole);
    // An event that is recorded, or given up, on a thread of another device would open that one.
    c10::OptionalDeviceGuard guard;
    if (!whole.is_cpu()) guard.reset_device(whole.device());
    // What makes the tensor may still be under way where it was begun.
    std::shared_ptr<c10::Event> made;
    if (!whole.is_cpu()) {
      made = std::make_shared<c10::Event>(whole.device().type());
      made->record(c10::impl::VirtualGuardImpl(whole.device().type()).getStream(whole.device()));
    }
    self->add([shared = self->shared.get(), whole, type, made = std::move(made)]() mutable {
      TORCH_CHECK(shared->channel && whole.device() == shared->device, "a tensor of another device is sent");
      const c10::OptionalDeviceGuard guard(shared->device);
      if (made) made->block(*shared->stream);
      made.reset();
      shared->finish(shared->nccl.broadcast(whole.data_ptr(), whole.mutable_data_ptr(), static_cast<size_t>(whole.numel()),
                                            type, /*root=*/0, shared->channel, shared->place()),
                     "a broadcast");
    });
  });
}

CTStatus ct_channel_wait(CTChannel *self, int64_t most, int64_t timeout, bool *is_done) {
  return attempted([&] {
    auto &shared = *self->shared;
    std::unique_lock lock(shared.mutex);
    *is_done = shared.changed.wait_for(lock, milliseconds(timeout), [&] { return shared.ends || shared.left <= most; });
    TORCH_CHECK(!shared.ends, shared.failure.empty() ? "it was ended" : shared.failure);
  });
}

void ct_channel_end(CTChannel *self) {
  const std::lock_guard lock(self->shared->mutex);
  self->shared->ends = true;
  self->shared->changed.notify_all();
}

void ct_channel_close(CTChannel *self) {
  ct_channel_end(self);
  {
    // A process that ends meanwhile would take from it what it still uses.
    std::unique_lock lock(self->shared->mutex);
    self->shared->changed.wait_for(lock, milliseconds(2000), [&] { return self->shared->has_ended; });
  }
  delete self;
}
