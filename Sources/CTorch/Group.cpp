// Processes that work on one run: a store of keys they share, and collectives over tensors.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <memory>

#include "Exchange.hpp"
#include "Guard.hpp"

using namespace ct;
using std::chrono::milliseconds;

struct CTStore {
  c10::intrusive_ptr<c10d::Store> store;
};

struct CTGroup {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  /// What carries the accelerator's tensors; null where they go over the host's memory.
  c10::intrusive_ptr<c10d::Backend> direct;

  c10d::Backend &carrier(const at::Tensor &tensor) const {
    if (tensor.is_cpu()) return *gloo;
    TORCH_CHECK(direct, "nothing carries tensors of ", tensor.device(), " between processes");
    return *direct;
  }
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

/// The tag of the only message from one process to another.
constexpr int farewell = 1;

template <typename Bytes>
at::Tensor bytes_of(const Bytes &bytes) {
  auto tensor = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), tensor.template mutable_data_ptr<uint8_t>());
  return tensor;
}

at::Tensor one_byte() { return at::zeros({1}, at::kByte); }

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
    return bytes_of(self->store->get(key));
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
    return new CTGroup{c10::make_intrusive<ProcessGroupGloo>(own, rank, count, options), {}};
  });
}

void ct_group_leave(CTGroup *self) {
  // NCCL's group ends with the process: to end it beside a driver that is going may end the process badly.
  self->direct.release();
  delete self;
}

bool ct_group_carries_devices(void) {
  return guarded_as<bool>(false, [] { return exchange.is_there != nullptr && exchange.is_there(); });
}

CTTensor *ct_device_name(CTDevice device) {
  return guarded([&] {
    TORCH_CHECK(exchange.unique_name, "this build names no devices");
    return bytes_of(exchange.unique_name(ct::device(device)));
  });
}

CTStatus ct_group_carry(CTGroup *self, CTStore *store, const char *prefix, CTDevice device, int64_t timeout) {
  return attempted([&] {
    TORCH_CHECK(ct_group_carries_devices(), "this build has nothing that carries them");
    const c10::intrusive_ptr<c10d::Store> own = c10::make_intrusive<c10d::PrefixStore>(prefix, store->store);
    self->direct =
        exchange.make(own, self->gloo->getRank(), self->gloo->getSize(), ct::device(device), milliseconds(timeout));
  });
}

CTStatus ct_group_await_farewell(CTGroup *self) {
  return attempted([&] {
    std::vector<at::Tensor> byte{one_byte()};
    const int neighbor = (self->gloo->getRank() + 1) % self->gloo->getSize();
    // For as long as it takes: a wait that runs out would close the connection.
    self->gloo->recv(byte, neighbor, farewell)->wait(std::chrono::hours(24 * 365));
  });
}

CTStatus ct_group_bid_farewell(CTGroup *self) {
  return attempted([&] {
    std::vector<at::Tensor> byte{one_byte()};
    const int neighbor = (self->gloo->getRank() + self->gloo->getSize() - 1) % self->gloo->getSize();
    self->gloo->send(byte, neighbor, farewell)->wait(std::chrono::seconds(5));
  });
}

CTArrival *ct_group_gather(CTGroup *self, const CTTensor *mine) {
  return guarded_as<CTArrival *>(nullptr, [&] {
    auto part = in(mine).contiguous();
    auto all = rows_for(self, part);
    auto flat = all.view({-1}), own = part.view({-1});
    return new CTArrival{all, own, self->carrier(own)._allgather_base(flat, own)};
  });
}

CTArrival *ct_group_exchange(CTGroup *self, const CTTensor *mine) {
  return guarded_as<CTArrival *>(nullptr, [&] {
    auto parts = in(mine).contiguous();
    auto received = at::empty_like(parts);
    std::vector<int64_t> even;
    return new CTArrival{received, parts, self->carrier(parts).alltoall_base(received, parts, even, even)};
  });
}

CTTensor *ct_arrival_take(CTArrival *self) {
  const std::unique_ptr<CTArrival> arrival(self);
  return guarded([&] {
    arrival->work->wait();
    return arrival->received;
  });
}
