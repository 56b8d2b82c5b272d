// Some of the kernels at once: ATen's headers take longer to read than a kernel to compile.
#include "../Layout.cpp"
#include "../OnDevice.cpp"
#include "../DeviceProgram.cpp"
#include "../DeviceKernels.cpp"
