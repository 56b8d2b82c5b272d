// Finding NVRTC and the driver, compiling, launching.
#include "DeviceProgram.hpp"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <map>
#include <mutex>
#include <vector>

#include "DeviceSource.hpp"
#include "Switches.hpp"

namespace ct {

namespace {

/// The few functions of NVRTC and of CUDA's driver that are needed, by their C interfaces. Zero is
/// success in both.
struct Functions {
  int (*create)(void **, const char *, const char *, int, const char *const *, const char *const *);
  int (*compile)(void *, int, const char *const *);
  int (*log_size)(void *, size_t *);
  int (*log)(void *, char *);
  int (*code_size)(void *, size_t *);
  int (*code)(void *, char *);
  int (*destroy)(void **);
  int (*attribute)(int *, int, int);
  int (*load)(void **, const void *);
  int (*function)(void **, void *, const char *);
  int (*launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);

  /// Whether all were found.
  bool is_whole = true;

  Functions() {
    // A part of libtorch that is linked against both.
    void *library = dlopen("libcaffe2_nvrtc.so", RTLD_NOW | RTLD_LOCAL);
    const auto find = [&](auto &target, const char *name) {
      void *found = library ? dlsym(library, name) : nullptr;
      is_whole = is_whole && found;
      target = reinterpret_cast<std::decay_t<decltype(target)>>(found);
    };
    find(create, "nvrtcCreateProgram");
    find(compile, "nvrtcCompileProgram");
    find(log_size, "nvrtcGetProgramLogSize");
    find(log, "nvrtcGetProgramLog");
    find(code_size, "nvrtcGetCUBINSize");
    find(code, "nvrtcGetCUBIN");
    find(destroy, "nvrtcDestroyProgram");
    find(attribute, "cuDeviceGetAttribute");
    find(load, "cuModuleLoadData");
    find(function, "cuModuleGetFunction");
    find(launch, "cuLaunchKernel");
  }
};

const Functions &functions() {
  static const Functions all;
  return all;
}

/// The compiled kernels of one device.
class Program {
 public:
  explicit Program(int device) {
    const auto &cuda = functions();
    int major = 0, minor = 0;
    TORCH_CHECK(cuda.is_whole, "libtorch has no NVRTC");
    TORCH_CHECK(cuda.attribute(&major, 75, device) == 0 && cuda.attribute(&minor, 76, device) == 0,
                "the GPU does not tell its architecture");
    const std::string architecture = "--gpu-architecture=sm_" + std::to_string(10 * major + minor);
    const char *options[] = {architecture.c_str(), "--std=c++17"};
    void *program = nullptr;
    TORCH_CHECK(cuda.create(&program, device_source, "vapo.cu", 0, nullptr, nullptr) == 0, "NVRTC takes no program");
    const int result = cuda.compile(program, 2, options);
    std::string log;
    size_t size = 0;
    if (result != 0 && cuda.log_size(program, &size) == 0) {
      log.resize(size);
      cuda.log(program, log.data());
    }
    TORCH_CHECK(result == 0, "NVRTC: ", log);
    TORCH_CHECK(cuda.code_size(program, &size) == 0, "NVRTC made nothing");
    std::vector<char> code(size);
    cuda.code(program, code.data());
    cuda.destroy(&program);
    TORCH_CHECK(cuda.load(&module_, code.data()) == 0, "the driver does not load our kernels");
  }

  void *function(const std::string &name) {
    auto &found = functions_[name];
    if (!found) TORCH_CHECK(functions().function(&found, module_, name.c_str()) == 0, "no kernel ", name);
    return found;
  }

 private:
  void *module_ = nullptr;
  std::map<std::string, void *> functions_;
};

std::mutex mutex;

/// The program of a device; NULL where it cannot be had, which is said once.
Program *program_of(const at::Device &device) {
  static std::map<int, std::unique_ptr<Program>> programs;
  const auto found = programs.find(device.index());
  if (found != programs.end()) return found->second.get();
  auto &made = programs[device.index()];
  try {
    // The driver loads into the thread's context: that of this device, which the runtime's first work makes.
    const c10::DeviceGuard guard(device);
    (void)at::empty({1}, at::TensorOptions().device(device));
    made = std::make_unique<Program>(device.index());
  } catch (const std::exception &error) {
    TORCH_WARN("our GPU kernels are off, libtorch's operators do their work: ", error.what());
  }
  return made.get();
}

}  // namespace

bool runs_on_device(CTKernel kernel, const at::Tensor &like) {
  const auto type = like.scalar_type();
  if (!like.is_cuda() || (type != at::kFloat && type != at::kBFloat16) || !ct_kernel_is_set(kernel)) return false;
  const std::lock_guard lock(mutex);
  return program_of(like.device()) != nullptr;
}

void launch(const at::Tensor &like, const std::string &name, int64_t blocks, int64_t shared_bytes,
            std::initializer_list<const void *> arguments) {
  if (blocks == 0) return;
  const c10::DeviceGuard guard(like.device());
  void *function = nullptr;
  {
    const std::lock_guard lock(mutex);
    function = program_of(like.device())->function(name);
  }
  std::vector<void *> values;
  for (const void *argument : arguments) values.push_back(const_cast<void *>(argument));
  void *stream = c10::impl::VirtualGuardImpl(at::kCUDA).getStream(like.device()).native_handle();
  const int result = functions().launch(function, static_cast<unsigned>(blocks), 1, 1, 256, 1, 1,
                                        static_cast<unsigned>(shared_bytes), stream, values.data(), nullptr);
  TORCH_CHECK(result == 0, "the driver does not start ", name, ": ", result);
}

}  // namespace ct
