// Our GPU kernels at run time: compiled once a process and device by NVRTC, which every libtorch for
// CUDA brings along, so that this program is built without CUDA's compiler or headers.
#pragma once
#include <ATen/ATen.h>

#include <string>

#include "ckernels.h"

namespace ct {

/// Whether a kernel is switched on, and these numbers lie on a GPU that runs ours: float32 or bfloat16.
bool runs_on_device(CTKernel kernel, const at::Tensor &like);

/// Starts a kernel of 256 threads a block on the device's current stream.
///
/// - Parameters:
///   - name: as in device_source.
///   - arguments: pointers to the values of the kernel's parameters.
void launch(const at::Tensor &like, const std::string &name, int64_t blocks, int64_t shared_bytes,
            std::initializer_list<const void *> arguments);

/// "f" or "h": what kernels for numbers of this type are called.
inline const char *letter(const at::Tensor &tensor) { return tensor.scalar_type() == at::kFloat ? "f" : "h"; }

}  // namespace ct
