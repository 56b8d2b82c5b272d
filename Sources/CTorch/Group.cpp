// Processes that work on one run: a store of keys they share, and collectives over tensors.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <memory>

#include "Guard.hpp"

using namespace ct;
using std::chrono::milliseconds;

struct CTStore {
  c10::intrusive_ptr<c10d::Store> store;
};

struct CTGroup {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

struct CTArrival {
  at::Tensor received, sent;
  c10::intrusive_ptr<c10d::Work> work;
};

namespace {

at::Tensor rows_for(const CTGroup *group, const at::Tensor &mine) {
  auto shape = mine.sizes().vec();
  shape.insert(shape.begin(), group->gloo->getSize());
  return at::empty(shape, mine.options());
}

}  // namespace

CTStore *ct_store_open(const char *host, uint16_t port, int32_t socket, int64_t timeout) {
  return guarded_as<CTStore *>(nullptr, [&] {
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = socket >= 0;
    if (socket >= 0) options.masterListenFd = socket;
    options.waitWorkers = false;
    options.timeout = milliseconds(timeout);
    return new CTStore{c10::make_intrusive<c10d::TCPStore>(host, options)};
  });
}

void ct_store_close(CTStore *self) { delete self; }

CTStatus ct_store_set(CTStore *self, const char *key, const uint8_t *bytes, int64_t count) {
  return attempted([&] {
    self->store->set(key, std::vector<uint8_t>(bytes, bytes + count));
    // A TCPStore sends and returns: only an answered question after it says that the store has it.
    self->store->check({key});
  });
}

CTTensor *ct_store_get(CTStore *self, const char *key, int64_t timeout) {
  return guarded([&] {
    self->store->wait({key}, milliseconds(timeout));
    const auto bytes = self->store->get(key);
    auto tensor = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
    std::copy(bytes.begin(), bytes.end(), tensor.mutable_data_ptr<uint8_t>());
    return tensor;
  });
}

CTStatus ct_store_has(CTStore *self, const char *key, bool *out) {
  return attempted([&] { *out = self->store->check({key}); });
}

CTGroup *ct_group_join(CTStore *store, const char *prefix, int32_t rank, int32_t count, const char *interface,
                       const char *host, int64_t timeout) {
  return guarded_as<CTGroup *>(nullptr, [&] {
    using c10d::ProcessGroupGloo;
    const auto options = ProcessGroupGloo::Options::create(milliseconds(timeout));
    options->devices.push_back(interface[0] != 0 ? ProcessGroupGloo::createDeviceForInterface(interface)
                               : host[0] != 0    ? ProcessGroupGloo::createDeviceForHostname(host)
                                                 : ProcessGroupGloo::createDefaultDevice());
    const c10::intrusive_ptr<c10d::Store> own = c10::make_intrusive<c10d::PrefixStore>(prefix, store->store);
    return new CTGroup{c10::make_intrusive<ProcessGroupGloo>(own, rank, count, options)};
  });
}

void ct_group_leave(CTGroup *self) { delete self; }

CTArrival *ct_group_gather(CTGroup *self, const CTTensor *mine) {
  return guarded_as<CTArrival *>(nullptr, [&] {
    auto part = in(mine).contiguous();
    auto all = rows_for(self, part);
    auto flat = all.view({-1}), own = part.view({-1});
    return new CTArrival{all, own, self->gloo->_allgather_base(flat, own)};
  });
}

CTArrival *ct_group_exchange(CTGroup *self, const CTTensor *mine) {
  return guarded_as<CTArrival *>(nullptr, [&] {
    auto parts = in(mine).contiguous();
    auto received = at::empty_like(parts);
    std::vector<int64_t> even;
    return new CTArrival{received, parts, self->gloo->alltoall_base(received, parts, even, even)};
  });
}

CTTensor *ct_arrival_take(CTArrival *self) {
  const std::unique_ptr<CTArrival> arrival(self);
  return guarded([&] {
    arrival->work->wait();
    return arrival->received;
  });
}
