// The door to libtorch: C functions that decide nothing. One function, one libtorch call.
//
// A function that makes a tensor returns NULL when libtorch threw, and ct_last_error() then says
// why; a function that returns a CTStatus returns 0 when all went well. No exception crosses.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A tensor this side owns. Made by any function that returns one; ended by ct_release.
typedef struct CTTensor CTTensor;
/// 0: done. Anything else: ct_last_error() holds the reason.
typedef int32_t CTStatus;

/// The element types the house uses. The numbers are this header's own.
typedef enum CTType : int32_t {
  CT_FLOAT32 = 0,
  CT_BFLOAT16 = 1,
  CT_INT64 = 2,
  CT_BOOL = 3,
  CT_FLOAT64 = 4,
  CT_FLOAT16 = 5,
  CT_UINT8 = 6,
} CTType;

/// Where a tensor lives: the CPU, or the GPU of that index.
typedef struct CTDevice {
  bool cuda;
  int32_t index;
} CTDevice;

// -- Failure ----------------------------------------------------------------------------------

/// Why the last call on this thread failed. Valid until the next call on this thread.
const char *ct_last_error(void);

// -- Lifetime and host memory -----------------------------------------------------------------

void ct_release(CTTensor *tensor);
CTTensor *ct_from_host(const void *data, CTType type, const int64_t *shape, int64_t rank, CTDevice device);
/// Copies every element, in row-major order, into `out`, which holds `bytes` bytes.
CTStatus ct_to_host(const CTTensor *self, void *out, size_t bytes);
/// The elements themselves; NULL unless they lie in host memory in row-major order.
void *ct_host_memory(const CTTensor *self);
/// Gives the memory of all elements back; the tensor stays what it is, and must not be read.
CTStatus ct_vacate(CTTensor *self);
/// Memory for all elements again, not yet written. What was packed of them notices that it is old.
CTStatus ct_occupy(CTTensor *self);
int64_t ct_rank(const CTTensor *self);
int64_t ct_size(const CTTensor *self, int64_t axis);
/// -1 when the type is none of CTType.
int32_t ct_type(const CTTensor *self);
CTDevice ct_device(const CTTensor *self);
CTStatus ct_item(const CTTensor *self, double *out);
CTTensor *ct_to(const CTTensor *self, CTDevice device, CTType type);

// -- Beside a device's work -------------------------------------------------------------------

/// What a device does beside the rest. It is there until the program ends.
typedef struct CTStream CTStream;

/// A copy in the host's memory, pinned where the system lets it be.
CTTensor *ct_pinned(const CTTensor *self, CTDevice device);
bool ct_is_pinned(const CTTensor *self);
/// The same numbers on a device. Returns before they are read where `self` is pinned.
CTTensor *ct_send(const CTTensor *self, CTDevice device);
/// Overwrites. Returns before it is done where `self` is pinned.
CTStatus ct_copy_later_(CTTensor *self, const CTTensor *source);
/// Returns when all is done that was given to a device.
CTStatus ct_synchronize(CTDevice device);

CTStream *ct_stream_open(CTDevice device);
/// What this thread gives to the device until ct_stream_end is done beside the rest, and after what was given before.
CTStatus ct_stream_begin(CTStream *self);
CTStatus ct_stream_end(CTStream *self);
/// What this thread gives to the device from here on is done after what was given beside the rest.
CTStatus ct_stream_join(CTStream *self);

// -- Making -----------------------------------------------------------------------------------

CTTensor *ct_empty(const int64_t *shape, int64_t rank, CTType type, CTDevice device);
CTTensor *ct_full(const int64_t *shape, int64_t rank, double value, CTType type, CTDevice device);
CTTensor *ct_arange(int64_t start, int64_t end, CTType type, CTDevice device);
/// Normal numbers from a generator seeded with `seed` and used once.
CTTensor *ct_normal(const int64_t *shape, int64_t rank, double mean, double deviation, uint64_t seed);
/// Numbers spread evenly over [low, high), from such a generator.
CTTensor *ct_uniform(const int64_t *shape, int64_t rank, double low, double high, uint64_t seed);

// -- Elementwise ------------------------------------------------------------------------------

CTTensor *ct_add(const CTTensor *self, const CTTensor *other);
CTTensor *ct_sub(const CTTensor *self, const CTTensor *other);
CTTensor *ct_mul(const CTTensor *self, const CTTensor *other);
CTTensor *ct_div(const CTTensor *self, const CTTensor *other);
CTTensor *ct_add_scalar(const CTTensor *self, double other);
CTTensor *ct_mul_scalar(const CTTensor *self, double other);
CTTensor *ct_pow_scalar(const CTTensor *self, double exponent);
CTTensor *ct_neg(const CTTensor *self);
CTTensor *ct_exp(const CTTensor *self);
CTTensor *ct_expm1(const CTTensor *self);
CTTensor *ct_log(const CTTensor *self);
CTTensor *ct_sqrt(const CTTensor *self);
CTTensor *ct_abs(const CTTensor *self);
CTTensor *ct_sin(const CTTensor *self);
CTTensor *ct_cos(const CTTensor *self);
CTTensor *ct_silu(const CTTensor *self);
CTTensor *ct_gelu_tanh(const CTTensor *self);
CTTensor *ct_clamp(const CTTensor *self, double low, double high);
CTTensor *ct_minimum(const CTTensor *self, const CTTensor *other);
CTTensor *ct_maximum(const CTTensor *self, const CTTensor *other);
CTTensor *ct_where(const CTTensor *condition, const CTTensor *yes, const CTTensor *no);
CTTensor *ct_masked_fill(const CTTensor *self, const CTTensor *mask, double value);
CTTensor *ct_equal(const CTTensor *self, const CTTensor *other);
CTTensor *ct_less(const CTTensor *self, const CTTensor *other);
CTTensor *ct_less_equal(const CTTensor *self, const CTTensor *other);
CTTensor *ct_less_scalar(const CTTensor *self, double other);
CTTensor *ct_greater_scalar(const CTTensor *self, double other);
CTTensor *ct_logical_and(const CTTensor *self, const CTTensor *other);
CTTensor *ct_logical_not(const CTTensor *self);
CTTensor *ct_is_finite(const CTTensor *self);

// -- Reductions -------------------------------------------------------------------------------

CTTensor *ct_sum(const CTTensor *self);
CTTensor *ct_sum_along(const CTTensor *self, int64_t axis, bool keep);
CTTensor *ct_mean_along(const CTTensor *self, int64_t axis, bool keep);
CTTensor *ct_amax_along(const CTTensor *self, int64_t axis, bool keep);
CTTensor *ct_argmax_along(const CTTensor *self, int64_t axis, bool keep);
CTTensor *ct_all(const CTTensor *self);
CTTensor *ct_softmax(const CTTensor *self, int64_t axis);
CTTensor *ct_log_softmax(const CTTensor *self, int64_t axis);
/// The largest, from the largest down. Two tensors come back.
CTStatus ct_top(const CTTensor *self, int64_t count, int64_t axis, CTTensor **values, CTTensor **indices);

// -- Shapes -----------------------------------------------------------------------------------

CTTensor *ct_reshape(const CTTensor *self, const int64_t *shape, int64_t rank);
CTTensor *ct_expand(const CTTensor *self, const int64_t *shape, int64_t rank);
CTTensor *ct_transpose(const CTTensor *self, int64_t first, int64_t second);
CTTensor *ct_contiguous(const CTTensor *self);
CTTensor *ct_unsqueeze(const CTTensor *self, int64_t axis);
CTTensor *ct_squeeze(const CTTensor *self, int64_t axis);
CTTensor *ct_narrow(const CTTensor *self, int64_t axis, int64_t start, int64_t length);
CTTensor *ct_cat(const CTTensor *const *tensors, int64_t count, int64_t axis);

// -- Indexing ---------------------------------------------------------------------------------

CTTensor *ct_index_select(const CTTensor *self, int64_t axis, const CTTensor *index);
/// Picks along `axis`: out[.., j, ..] = self[.., index[.., j, ..], ..]. Shape of `index`.
CTTensor *ct_gather(const CTTensor *self, int64_t axis, const CTTensor *index);

// -- Linear algebra ---------------------------------------------------------------------------

/// Whether this CPU multiplies numbers of a type by way of another one.
bool ct_emulates_products(CTType kind);
CTTensor *ct_matmul(const CTTensor *self, const CTTensor *other);
/// input · weightᵀ + bias; `bias` may be NULL.
CTTensor *ct_linear(const CTTensor *input, const CTTensor *weight, const CTTensor *bias);

// -- In place ---------------------------------------------------------------------------------

CTStatus ct_copy_(CTTensor *self, const CTTensor *source);
CTStatus ct_add_(CTTensor *self, const CTTensor *other);
CTStatus ct_mul_scalar_(CTTensor *self, double factor);
CTStatus ct_fill_(CTTensor *self, double value);

// -- Autograd ---------------------------------------------------------------------------------

CTStatus ct_set_requires_grad(CTTensor *self, bool on);
bool ct_requires_grad(const CTTensor *self);
/// The gradient, sharing its memory; NULL with an empty ct_last_error when there is none.
CTTensor *ct_grad(const CTTensor *self);
void ct_drop_grad(CTTensor *self);
/// Puts a gradient in place of what was gathered, sharing its memory.
CTStatus ct_set_grad(CTTensor *self, const CTTensor *gradient);
CTTensor *ct_detach(const CTTensor *self);
/// `gradient` is that of what was made of `self`; NULL for a single number, whose gradient is 1.
CTStatus ct_backward(const CTTensor *self, const CTTensor *gradient);
bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool on);

/// Two tensors, for as long as a call.
typedef struct CTPair CTPair;
void ct_pair_set(CTPair *pair, const CTTensor *first, const CTTensor *second);
/// Takes over `x` and `y`, which may be NULL, makes two tensors of them, and hands these to ct_pair_set.
typedef void (*CTMaking)(void *context, CTTensor *x, CTTensor *y, CTPair *results);
typedef void (*CTEnding)(void *context);
typedef void (*CTReleasing)(void *context);
/// What `make` makes, called without recording now and once more in the backward, where `end` is called when
/// all gradients have been added. `release` is called when neither will be any more.
CTStatus ct_recomputed(void *context, CTMaking make, CTEnding end, CTReleasing release, const CTTensor *x,
                       const CTTensor *y, CTTensor **first, CTTensor **second);

// -- Optimization -----------------------------------------------------------------------------

/// The sums of squares of all tensors, CT_FLOAT64: of every 256 elements of a tensor one, from its first on;
/// on a GPU one of each tensor.
CTTensor *ct_square_sums(CTTensor *const *tensors, int64_t count);

// -- The machine ------------------------------------------------------------------------------

const char *ct_version(void);
/// What libtorch dispatches to here: "AVX512", "AVX2", "DEFAULT" …
const char *ct_cpu_capability(void);
int32_t ct_threads(void);
void ct_set_threads(int32_t count);
int32_t ct_cuda_devices(void);
/// The most bytes that tensors on a GPU have taken at once since the start or the last reset.
CTStatus ct_cuda_peak(int32_t index, int64_t *bytes);
CTStatus ct_cuda_reset_peak(int32_t index);
/// Aborts nothing: turns on libtorch's deterministic algorithms.
void ct_set_deterministic(bool on);

// -- Processes --------------------------------------------------------------------------------

/// Keys and bytes that several processes share; one of them serves it.
typedef struct CTStore CTStore;
/// Joins the store at host and port within so many milliseconds; with a socket that listens there, not
/// -1, serves it. NULL when that failed.
CTStore *ct_store_open(const char *host, uint16_t port, int32_t socket, int64_t timeout);
void ct_store_close(CTStore *self);
CTStatus ct_store_set(CTStore *self, const char *key, const uint8_t *bytes, int64_t count);
/// The bytes under a key, as CT_UINT8; waits until somebody has set it, so many milliseconds at most.
CTTensor *ct_store_get(CTStore *self, const char *key, int64_t timeout);
CTStatus ct_store_has(CTStore *self, const char *key, bool *out);

/// Processes of ranks 0 to count - 1 that call the same functions in the same order.
typedef struct CTGroup CTGroup;
/// Joins those who meet in the store under a prefix, over a network interface or an address of this
/// machine; where both are empty over the address of its name. NULL when that failed.
CTGroup *ct_group_join(CTStore *store, const char *prefix, int32_t rank, int32_t count, const char *interface,
                       const char *host, int64_t timeout);
void ct_group_leave(CTGroup *self);
/// Whether tensors of GPUs can travel without the host's memory in this build.
bool ct_group_carries_devices(void);
/// What a GPU is called, as CT_UINT8: another's is another name, on whichever machine. NULL where nothing can be carried.
CTTensor *ct_device_name(CTDevice device);
/// Has tensors of this process's GPU carried so; all processes must call it, each with a GPU of its own.
CTStatus ct_group_carry(CTGroup *self, CTStore *store, const char *prefix, CTDevice device, int64_t timeout);
/// Waits until the next process ends as it should; fails as soon as it is gone without a word.
CTStatus ct_group_await_farewell(CTGroup *self);
/// Says to the process before this one that this one ends as it should.
CTStatus ct_group_bid_farewell(CTGroup *self);
/// Tensors that are under way.
typedef struct CTArrival CTArrival;
/// [count, ...]: everybody's tensor, all of one type and shape, in the order of ranks.
CTArrival *ct_group_gather(CTGroup *self, const CTTensor *mine);
/// Of [count, n], everybody's row number rank, in the order of ranks.
CTArrival *ct_group_exchange(CTGroup *self, const CTTensor *mine);
/// Waits until they are there; called once for each, and frees it.
CTTensor *ct_arrival_take(CTArrival *self);

/// A communicator of NCCL's with processes that are in no such group, and a thread that does what it is told, one
/// thing after the other.
typedef struct CTChannel CTChannel;
/// Has NCCL's functions from the library of this path or name, and joins nobody yet.
CTChannel *ct_channel_open(const char *library);
/// 128 new bytes by which processes find each other, as CT_UINT8.
CTTensor *ct_channel_name(CTChannel *self);
/// Has it join the count processes of a name and add up one number with them.
CTStatus ct_channel_join(CTChannel *self, const uint8_t *name, int32_t rank, int32_t count, CTDevice device);
/// Has it put rank 0's tensor, contiguous, in the place of everybody's; the tensor is kept until then.
CTStatus ct_channel_broadcast(CTChannel *self, CTTensor *tensor);
/// Waits until no more than so many things are left to do, so many milliseconds at most, and says whether that is so.
/// Fails where one of them has failed.
CTStatus ct_channel_wait(CTChannel *self, int64_t most, int64_t timeout, bool *is_done);
/// Ends it, from any thread: what waits is told, and nothing is done any more.
void ct_channel_end(CTChannel *self);
void ct_channel_close(CTChannel *self);

#ifdef __cplusplus
}
#endif
