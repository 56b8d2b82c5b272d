// The order in which a double does what it is given: streams, events, and copies that come late.
#pragma once
#include <ATen/ATen.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace doubles {

constexpr auto kDouble = at::DeviceType::PrivateUse1;
constexpr c10::DeviceIndex device_count = 2;

/// The device that this thread's next memory is of.
extern thread_local c10::DeviceIndex current;

/// The stream of this thread on a device.
c10::StreamId stream(c10::DeviceIndex device);

/// The same memory, as the host sees it.
at::Tensor host(const at::Tensor &tensor);

/// Says that the thread's stream reads or writes a tensor now. What reads before it waits for who writes, or writes
/// before it waits for who reads, is refused.
void reads(const at::Tensor &tensor);
void writes(const at::Tensor &tensor);

/// Copies now and waits for what the stream was given before; with pinned memory and `later` as late as can be.
void copy(const at::Tensor &from, const at::Tensor &to, bool later);

/// Says that a device's memory is given back.
void forget(const void *memory);

/// Says that pinned memory is given back, which nothing must copy any more.
void unpin(const void *memory);

/// How many copies came late.
int64_t late_copies();

struct Guard final : c10::impl::DeviceGuardImplInterface {
  at::DeviceType type() const override { return kDouble; }
  at::Device exchangeDevice(at::Device device) const override;
  at::Device getDevice() const override { return {kDouble, current}; }
  void setDevice(at::Device device) const override;
  void uncheckedSetDevice(at::Device device) const noexcept override { setDevice(device); }
  c10::DeviceIndex deviceCount() const noexcept override { return device_count; }
  c10::Stream getStream(at::Device device) const override;
  c10::Stream getDefaultStream(at::Device device) const override;
  c10::Stream getNewStream(at::Device device, int priority) const override;
  c10::Stream exchangeStream(c10::Stream next) const override;
  void record(void **event, const c10::Stream &stream, c10::DeviceIndex, c10::EventFlag) const override;
  void block(void *event, const c10::Stream &stream) const override;
  bool queryEvent(void *) const override { return true; }
  void synchronizeEvent(void *) const override;
  void destroyEvent(void *event, c10::DeviceIndex) const noexcept override;
  bool queryStream(const c10::Stream &) const override { return true; }
  void synchronizeStream(const c10::Stream &) const override;
  void synchronizeDevice(c10::DeviceIndex) const override;
  void recordDataPtrOnStream(const c10::DataPtr &, const c10::Stream &) const override {}
};

}  // namespace doubles
