// Our kernels for GPUs, in CUDA's C++, compiled on the machine they run on (DeviceProgram.hpp). What
// they do is said where their CPU counterparts are: Norm.cpp, Gate.cpp, Rotary.cpp. All arithmetic is
// float32; every sum has one order.
#pragma once

namespace ct {

inline constexpr const char *device_source = R"cuda(
typedef long long int64;
struct bf16 { unsigned short bits; };

__device__ __forceinline__ float wide(float x) { return x; }
__device__ __forceinline__ float wide(bf16 x) { return __uint_as_float((unsigned)x.bits << 16); }
__device__ __forceinline__ void put(float &to, float x) { to = x; }
__device__ __forceinline__ void put(bf16 &to, float x) {
  const unsigned u = __float_as_uint(x);
  to.bits = x != x ? 0x7FFF : (unsigned short)((u + 0x7FFF + ((u >> 16) & 1)) >> 16);
}
template <typename T> __device__ __forceinline__ float rounded(float x) { T y; put(y, x); return wide(y); }

// The sum over a block of 256 threads, known to all of them.
__device__ __forceinline__ float total(float x) {
  __shared__ float parts[8];
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xFFFFFFFF, x, step);
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < 8; ++i) sum += parts[i];
  return sum;
}

// One row a block: sum = x + delta, rounded as it is stored, and its norm.
template <typename T, typename W>
__device__ void norm(const T *x, const T *delta, const W *weight, float epsilon, T *sum, T *normed, float *scales,
                     int width) {
  const int64 start = (int64)blockIdx.x * width;
  float squares = 0;
  for (int i = threadIdx.x; i < width; i += 256) {
    float value = wide(x[start + i]);
    if (delta) {
      value = rounded<T>(value + wide(delta[start + i]));
      put(sum[start + i], value);
    }
    squares += value * value;
  }
  const float scale = rsqrtf(total(squares) / width + epsilon);
  const T *from = delta ? sum : x;
  for (int i = threadIdx.x; i < width; i += 256) {
    put(normed[start + i], wide(from[start + i]) * scale * rounded<T>(wide(weight[i])));
  }
  if (threadIdx.x == 0) scales[blockIdx.x] = scale;
}

// Several rows a block, in order; d_weight of a block's rows goes to a row of its own.
template <typename T, typename W>
__device__ void norm_back(const T *sum, const T *d_normed, const T *d_sum, const W *weight, const float *scales,
                          T *d_total, float *d_weight, int width, int rows) {
  extern __shared__ float mine[];
  if (d_weight) for (int i = threadIdx.x; i < width; i += 256) mine[i] = 0;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const int64 start = (int64)row * width;
    const float scale = scales[row];
    float along = 0;
    for (int i = threadIdx.x; i < width; i += 256) {
      const float product = wide(d_normed[start + i]) * wide(sum[start + i]) * scale;
      if (d_weight) mine[i] += product;
      along += product * rounded<T>(wide(weight[i]));
    }
    const float mean = total(along) / width;
    if (d_total) for (int i = threadIdx.x; i < width; i += 256) {
      const float g = wide(d_normed[start + i]) * rounded<T>(wide(weight[i]));
      const float value = scale * (g - wide(sum[start + i]) * scale * mean);
      put(d_total[start + i], d_sum ? value + wide(d_sum[start + i]) : value);
    }
  }
  if (d_weight) for (int i = threadIdx.x; i < width; i += 256) d_weight[(int64)blockIdx.x * width + i] = mine[i];
}

template <typename T>
__device__ void gate(const T *gate_up, T *out, int64 rows, int width) {
  for (int64 at = (int64)blockIdx.x * 256 + threadIdx.x; at < rows * width; at += (int64)gridDim.x * 256) {
    const int64 row = at / width, i = at % width;
    const float g = wide(gate_up[2 * row * width + i]), up = wide(gate_up[(2 * row + 1) * width + i]);
    put(out[at], g / (1 + __expf(-g)) * up);
  }
}

template <typename T>
__device__ void gate_back(const T *gate_up, const T *d_out, T *result, int64 rows, int width) {
  for (int64 at = (int64)blockIdx.x * 256 + threadIdx.x; at < rows * width; at += (int64)gridDim.x * 256) {
    const int64 row = at / width, i = at % width, first = 2 * row * width + i, second = first + width;
    const float g = wide(gate_up[first]), up = wide(gate_up[second]), d = wide(d_out[at]);
    const float s = 1 / (1 + __expf(-g));
    put(result[first], d * up * s * (1 + g * (1 - s)));
    put(result[second], d * g * s);
  }
}

// One row a block: queries and keys turn by the row's own angles, values stay. Keys and values may go
// to a cache's slots, and then only queries are written out.
template <typename T>
__device__ void turn(const T *qkv, T *out, const float *cosine, const float *sine, T *keys, T *values,
                     const int64 *slots, int queries, int groups, int size, float sign) {
  const int half = size / 2, turned = queries + groups, width = (turned + groups) * size;
  const int64 row = blockIdx.x, table = row * half;
  const T *from = qkv + row * width;
  T *to = out + row * (keys ? queries * size : width);
  T *key = keys ? keys + slots[row] * groups * size : to + queries * size;
  T *value = keys ? values + slots[row] * groups * size : to + turned * size;
  for (int i = threadIdx.x; i < turned * half; i += 256) {
    const int head = i / half, k = i % half;
    const float a = wide(from[head * size + k]), b = wide(from[head * size + half + k]);
    const float c = cosine[table + k], s = sine[table + k] * sign;
    T *target = head < queries ? to + head * size : key + (head - queries) * size;
    put(target[k], a * c - b * s);
    put(target[half + k], b * c + a * s);
  }
  for (int i = threadIdx.x; i < groups * size; i += 256) value[i] = from[turned * size + i];
}

#define KERNELS(T, T_NAME)                                                                                           \
  extern "C" __global__ void gate_##T_NAME(const T *a, T *b, int64 rows, int width) { gate(a, b, rows, width); }     \
  extern "C" __global__ void gate_back_##T_NAME(const T *a, const T *d, T *b, int64 rows, int width) {               \
    gate_back(a, d, b, rows, width);                                                                                 \
  }                                                                                                                  \
  extern "C" __global__ void turn_##T_NAME(const T *qkv, T *out, const float *c, const float *s, T *keys,    \
                                           T *values, const int64 *slots, int queries, int groups, int size,         \
                                           float sign) {                                                             \
    turn(qkv, out, c, s, keys, values, slots, queries, groups, size, sign);                                          \
  }
#define NORMS(T, W, NAME)                                                                                            \
  extern "C" __global__ void norm_##NAME(const T *x, const T *delta, const W *weight, float epsilon, T *sum,         \
                                         T *normed, float *scales, int width) {                                      \
    norm(x, delta, weight, epsilon, sum, normed, scales, width);                                                     \
  }                                                                                                                  \
  extern "C" __global__ void norm_back_##NAME(const T *sum, const T *d_normed, const T *d_sum, const W *weight,      \
                                              const float *scales, T *d_total, float *d_weight, int width,           \
                                              int rows) {                                                            \
    norm_back(sum, d_normed, d_sum, weight, scales, d_total, d_weight, width, rows);                                 \
  }
KERNELS(float, f)
KERNELS(bf16, h)
NORMS(float, float, ff)
NORMS(float, bf16, fh)
NORMS(bf16, float, hf)
NORMS(bf16, bf16, hh)
)cuda";

}  // namespace ct
