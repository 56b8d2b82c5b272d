// Some of the kernels at once: ATen's headers take longer to read than a kernel to compile.
#include "../Norm.cpp"
#include "../Rotary.cpp"
#include "../Embedding.cpp"
#include "../CacheRows.cpp"
#include "../TotalNorm.cpp"
#include "../Head.cpp"
#include "../HeadByOperators.cpp"
#include "../Masks.cpp"
