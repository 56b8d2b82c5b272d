// Memory of tensors on the CPU, kept for the next of its size when a tensor goes. Fresh memory costs
// a page fault for every 4 KiB, more than most operators' arithmetic; large blocks lie in huge pages,
// which cost one fault for 512 times as much. docs/decisions/allocator.md has the numbers.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "Guard.hpp"
#include "ckernels.h"

using namespace ct;

namespace {

/// Memory below this comes from malloc, which keeps it anyway.
constexpr size_t smallest_kept = size_t{64} << 10;
constexpr size_t huge_page = size_t{2} << 20;

/// Stands before every block's memory. As long as a cache line, so that tensors begin at one.
struct alignas(64) Header {
  /// Bytes of the whole mapping, header included; 0 of memory from malloc.
  size_t mapped;
};

/// Up to an eighth of the power of two below: what a block may be larger than asked for.
size_t rounded(size_t bytes) {
  const size_t step = std::max<size_t>(std::bit_floor(bytes) / 8, 4096);
  return (bytes + step - 1) / step * step;
}

/// Fresh memory from the system; large blocks begin at a huge page. Null when there is none.
void *mapped(size_t bytes) {
  const auto map = [](size_t length) {
    void *memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<char *>(memory);
  };
  if (bytes < huge_page) return map(bytes);
  char *memory = map(bytes + huge_page);
  if (!memory) return nullptr;
  const size_t before = (huge_page - reinterpret_cast<uintptr_t>(memory) % huge_page) % huge_page;
  if (before) munmap(memory, before);
  if (before != huge_page) munmap(memory + before + bytes, huge_page - before);
  memory += before;
#if defined(MADV_HUGEPAGE)
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

/// Blocks by size, and how much there is of them. Safe to use from several threads.
///
/// What is kept never adds to the most that was ever in use: before fresh memory is taken that
/// would, the blocks that were kept longest go.
class Store {
 public:
  void *take(size_t bytes) {
    const size_t size = rounded(bytes);
    Doomed doomed;
    {
      std::lock_guard lock(mutex);
      used += size;
      if (auto found = free.find(size); found != free.end()) {
        void *memory = found->second.back().memory;
        found->second.pop_back();
        if (found->second.empty()) free.erase(found);
        held -= size;
        return memory;
      }
      most_used = std::max(most_used, used);
      doomed = let_go(most_used - used);
    }
    unmap(doomed);
    void *memory = mapped(size);
    if (!memory) {
      release(0);
      memory = mapped(size);
    }
    if (!memory) {
      std::lock_guard lock(mutex);
      used -= size;
    }
    TORCH_CHECK_WITH(OutOfMemoryError, memory, "no memory for ", size, " bytes");
    static_cast<Header *>(memory)->mapped = size;
    return memory;
  }

  void give(void *memory, size_t size) {
    {
      std::lock_guard lock(mutex);
      used -= size;
      held += size;
      free[size].push_back({memory, ++given});
    }
    release(limit);
  }

  /// Unmaps blocks until no more than `most` bytes are held.
  void release(size_t most) {
    Doomed doomed;
    {
      std::lock_guard lock(mutex);
      doomed = let_go(most);
    }
    unmap(doomed);
  }

  void set_limit(size_t bytes) {
    limit = bytes;
    release(bytes);
  }

  std::pair<size_t, size_t> amounts() {
    std::lock_guard lock(mutex);
    return {held, used};
  }

 private:
  struct Block {
    void *memory;
    /// The how-many-th that was given back.
    uint64_t number;
  };
  using Doomed = std::vector<std::pair<void *, size_t>>;

  /// Takes those kept longest off the lists until no more than `most` bytes are held; under the lock.
  Doomed let_go(size_t most) {
    Doomed doomed;
    while (held > most) {
      const auto oldest = std::min_element(free.begin(), free.end(), [](const auto &one, const auto &other) {
        return one.second.front().number < other.second.front().number;
      });
      doomed.emplace_back(oldest->second.front().memory, oldest->first);
      held -= oldest->first;
      oldest->second.pop_front();
      if (oldest->second.empty()) free.erase(oldest);
    }
    return doomed;
  }

  static void unmap(const Doomed &doomed) {
    for (const auto &[memory, size] : doomed) munmap(memory, size);
  }

  std::mutex mutex;
  /// The blocks nobody uses, by size; the last to come is the first to go out again, being likely in
  /// a cache.
  std::map<size_t, std::deque<Block>> free;
  size_t held = 0, used = 0, most_used = 0;
  uint64_t given = 0;
  std::atomic<size_t> limit{static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) *
                            static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 4};
};

/// Never destroyed: tensors may outlive whatever ends first.
Store &blocks() {
  static auto *store = new Store;
  return *store;
}

void give_back(void *data) {
  if (!data) return;
  auto *header = static_cast<Header *>(data) - 1;
  if (header->mapped) {
    blocks().give(header, header->mapped);
  } else {
    std::free(header);
  }
}

struct CachingAllocator final : c10::Allocator {
  at::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &give_back, at::Device(at::kCPU)};
    const size_t whole = bytes + sizeof(Header);
    void *memory = nullptr;
    if (bytes >= smallest_kept) {
      memory = blocks().take(whole);
    } else {
      TORCH_CHECK_WITH(OutOfMemoryError, posix_memalign(&memory, alignof(Header), whole) == 0, "no memory for ", whole,
                       " bytes");
      static_cast<Header *>(memory)->mapped = 0;
    }
    void *data = static_cast<Header *>(memory) + 1;
    return {data, data, &give_back, at::Device(at::kCPU)};
  }

  at::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void *to, const void *from, size_t count) const override { default_copy_data(to, from, count); }
};

}  // namespace

CTStatus ct_allocator_set(bool caching) {
  return attempted([&] {
    static auto *allocator = new CachingAllocator;
    // Above libtorch's own, which registered with 0; of equals the last counts.
    constexpr uint8_t priority = 100;
    c10::SetAllocator(at::kCPU, caching ? allocator : c10::GetDefaultCPUAllocator(), priority);
  });
}

void ct_allocator_limit(int64_t bytes) { blocks().set_limit(static_cast<size_t>(std::max<int64_t>(bytes, 0))); }

void ct_allocator_stats(int64_t *held, int64_t *used) {
  const auto [free, taken] = blocks().amounts();
  *held = static_cast<int64_t>(free);
  *used = static_cast<int64_t>(taken);
}

void ct_allocator_release(void) { blocks().release(0); }
