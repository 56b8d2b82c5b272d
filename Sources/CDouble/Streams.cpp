// The order in which a double does what it is given. A GPU does some of it late, and some of it at once: here copies that
// need not be waited for are done as late as can be, and what reads memory without having waited for it is refused.
#include "Streams.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "Pinned.hpp"

namespace doubles {

thread_local c10::DeviceIndex current = 0;

namespace {

/// A stream of a device.
using Name = std::pair<c10::DeviceIndex, c10::StreamId>;
/// How much of each stream's work is known to be done.
using Done = std::map<Name, int64_t>;

struct Stream {
  /// How many things it was given.
  int64_t given = 0;
  Done waited;
};

/// A moment in a stream's work.
struct Moment {
  Name stream;
  int64_t given;
  Done waited;
};

/// Who used a stretch of some memory last.
struct Use {
  const char *from, *to;
  Name writer;
  int64_t written = 0;
  Done reads;
};

/// A copy that is not done yet.
struct Late {
  Name stream;
  /// Its place in the stream's work.
  int64_t given;
  const void *device, *host;
  char *to;
  const char *from;
  size_t bytes;
  bool goes_home;
  /// What it reads, where the device's memory is somebody else's by now.
  std::vector<char> kept;
};

/// Never destroyed: memory is given back until the very end.
struct State {
  std::recursive_mutex mutex;
  std::map<Name, Stream> streams;
  std::unordered_map<const void *, std::vector<Use>> uses;
  std::deque<Late> late;
  std::atomic<int64_t> late_copies{0};
  c10::StreamId newest = 0;
};
State &state = *new State;

thread_local c10::StreamId chosen[device_count] = {};

using Lock = std::lock_guard<std::recursive_mutex>;

Name name(const c10::Stream &stream) { return {stream.device_index(), stream.id()}; }

Name name(c10::DeviceIndex device) { return {device, chosen[device]}; }

/// The whole memory that a tensor has a part of.
const void *memory(const at::Tensor &tensor) { return tensor.has_storage() ? tensor.storage().data() : nullptr; }

void finish(const Late &copy) { std::memcpy(copy.to, copy.kept.empty() ? copy.from : copy.kept.data(), copy.bytes); }

/// Does late copies up to the last one from or to some memory of a device.
void settle(const void *some) {
  if (some == nullptr) return;
  size_t count = state.late.size();
  while (count > 0 && state.late[count - 1].device != some) --count;
  for (; count > 0; --count) {
    finish(state.late.front());
    state.late.pop_front();
  }
}

/// The host waits until so much of some streams' work is done; all that is given to a stream from here on comes after.
void wait(const Done &work) {
  std::erase_if(state.late, [&](const Late &copy) {
    const auto found = work.find(copy.stream);
    const bool is_due = found != work.end() && copy.given <= found->second;
    if (is_due) finish(copy);
    return is_due;
  });
  for (auto &[_, stream] : state.streams) {
    for (const auto &[other, given] : work) stream.waited[other] = std::max(stream.waited[other], given);
  }
}

/// All that a stream was given, with what it has waited for.
Done all(const Name &mine) {
  const Stream &stream = state.streams[mine];
  Done work = stream.waited;
  work[mine] = stream.given;
  return work;
}

bool has_waited(const Name &mine, const Name &other, int64_t given) {
  if (mine == other || given == 0) return true;
  const auto &waited = state.streams[mine].waited;
  const auto found = waited.find(other);
  return found != waited.end() && found->second >= given;
}

/// Counts a stream's use of a stretch of memory.
void use(const void *some, const char *from, const char *to, const Name &mine, bool is_written) {
  if (some == nullptr || from == to) return;
  const int64_t given = ++state.streams[mine].given;
  auto &uses = state.uses[some];
  for (const Use &other : uses) {
    if (other.to <= from || to <= other.from) continue;
    TORCH_CHECK(has_waited(mine, other.writer, other.written), "stream ", mine.second, " uses what stream ",
                other.writer.second, " writes, and has not waited for it");
    for (const auto &[reader, last] : other.reads) {
      TORCH_CHECK(!is_written || has_waited(mine, reader, last), "stream ", mine.second, " writes over what stream ",
                  reader.second, " reads, and has not waited for it");
    }
  }
  if (is_written) {
    std::erase_if(uses, [&](const Use &other) { return from <= other.from && other.to <= to; });
    uses.push_back({from, to, mine, given, {}});
    return;
  }
  const auto same = std::ranges::find_if(uses, [&](const Use &other) { return other.from == from && other.to == to; });
  if (same != uses.end()) {
    same->reads[mine] = given;
  } else {
    uses.push_back({from, to, {}, 0, {{mine, given}}});
  }
}

/// Device memory counts as one piece.
void use_all(const void *some, const Name &mine, bool is_written) {
  const auto *start = static_cast<const char *>(some);
  use(some, start, start + 1, mine, is_written);
}

void use(const at::Tensor &tensor, bool is_written) {
  if (tensor.device().type() != kDouble) return;
  const Lock lock(state.mutex);
  const void *some = memory(tensor);
  settle(some);
  use_all(some, name(tensor.device().index()), is_written);
}

}  // namespace

c10::StreamId stream(c10::DeviceIndex device) { return chosen[device]; }

at::Tensor host(const at::Tensor &tensor) {
  if (tensor.is_cpu()) return tensor;
  return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), tensor.options().device(at::kCPU).requires_grad(false));
}

void reads(const at::Tensor &tensor) { use(tensor, false); }
void writes(const at::Tensor &tensor) { use(tensor, true); }

void copy(const at::Tensor &from, const at::Tensor &to, bool later) {
  const at::Tensor &here = from.is_cpu() ? from : to;
  if (!here.is_cpu()) {
    reads(from);
    writes(to);
    host(to).copy_(host(from));
    return;
  }
  const at::Tensor &there = from.is_cpu() ? to : from;
  const Lock lock(state.mutex);
  const Name mine = name(there.device().index());
  settle(memory(there));
  use_all(memory(there), mine, from.is_cpu());
  if (ct::is_pinned(here)) {
    const auto *start = static_cast<const char *>(here.const_data_ptr());
    use(memory(here), start, start + here.nbytes(), mine, !from.is_cpu());
  }
  const bool is_plain = from.scalar_type() == to.scalar_type() && from.is_contiguous() && to.is_contiguous();
  if (later && is_plain && ct::is_pinned(here)) {
    state.late.push_back({mine, state.streams[mine].given, memory(there), memory(here), static_cast<char *>(to.data_ptr()),
                          static_cast<const char *>(from.const_data_ptr()), from.nbytes(), to.is_cpu(), {}});
    ++state.late_copies;
    return;
  }
  wait(all(mine));
  host(to).copy_(host(from));
}

void forget(const void *memory) {
  const Lock lock(state.mutex);
  // A copy that comes into it comes for nobody; one that goes home from it still comes late.
  std::erase_if(state.late, [&](const Late &copy) { return copy.device == memory && !copy.goes_home; });
  for (Late &copy : state.late) {
    if (copy.device != memory) continue;
    copy.kept.assign(copy.from, copy.from + copy.bytes);
    copy.device = nullptr;
  }
}

void unpin(const void *memory) {
  const Lock lock(state.mutex);
  for (const Late &copy : state.late) {
    if (copy.host != memory) continue;
    std::fputs("pinned memory is given back while it is copied\n", stderr);
    std::abort();
  }
  state.uses.erase(memory);
}

int64_t late_copies() { return state.late_copies; }

at::Device Guard::exchangeDevice(at::Device device) const {
  const at::Device before = getDevice();
  setDevice(device);
  return before;
}

void Guard::setDevice(at::Device device) const {
  if (device.has_index()) current = device.index();
}

c10::Stream Guard::getStream(at::Device device) const {
  const auto index = device.has_index() ? device.index() : current;
  return c10::Stream(c10::Stream::UNSAFE, at::Device(kDouble, index), chosen[index]);
}

c10::Stream Guard::getDefaultStream(at::Device device) const { return c10::Stream(c10::Stream::UNSAFE, device, 0); }

c10::Stream Guard::getNewStream(at::Device device, int) const {
  const Lock lock(state.mutex);
  return c10::Stream(c10::Stream::UNSAFE, device, ++state.newest);
}

c10::Stream Guard::exchangeStream(c10::Stream next) const {
  const auto before = getStream(next.device());
  chosen[next.device_index()] = next.id();
  return before;
}

void Guard::record(void **event, const c10::Stream &stream, c10::DeviceIndex, c10::EventFlag) const {
  const Lock lock(state.mutex);
  const Stream &recorded = state.streams[name(stream)];
  if (*event == nullptr) *event = new Moment;
  *static_cast<Moment *>(*event) = {name(stream), recorded.given, recorded.waited};
}

void Guard::block(void *event, const c10::Stream &stream) const {
  if (event == nullptr) return;
  const Lock lock(state.mutex);
  const Moment &moment = *static_cast<Moment *>(event);
  Done &waited = state.streams[name(stream)].waited;
  const auto add = [&](const Name &other, int64_t given) { waited[other] = std::max(waited[other], given); };
  add(moment.stream, moment.given);
  for (const auto &[other, given] : moment.waited) add(other, given);
}

void Guard::synchronizeEvent(void *event) const {
  const Lock lock(state.mutex);
  const Moment &moment = *static_cast<Moment *>(event);
  Done work = moment.waited;
  work[moment.stream] = moment.given;
  wait(work);
}

void Guard::destroyEvent(void *event, c10::DeviceIndex) const noexcept { delete static_cast<Moment *>(event); }

void Guard::synchronizeStream(const c10::Stream &stream) const {
  const Lock lock(state.mutex);
  wait(all(name(stream)));
}

void Guard::synchronizeDevice(c10::DeviceIndex index) const {
  const Lock lock(state.mutex);
  Done work;
  for (const auto &[mine, stream] : state.streams) {
    if (mine.first == index) work[mine] = stream.given;
  }
  wait(work);
}

}  // namespace doubles
