// Some of the kernels at once: ATen's headers take longer to read than a kernel to compile.
#include "../Gemm.cpp"
#include "../Panels.cpp"
#include "../EightBit.cpp"
#include "../Linear.cpp"
#include "../LinearGraph.cpp"
#include "../Allocator.cpp"
#include "../Threads.cpp"
#include "../Switches.cpp"
