// Some of the kernels at once: ATen's headers take longer to read than a kernel to compile.
#include "../Gate.cpp"
#include "../AdamW.cpp"
#include "../Ranking.cpp"
#include "../Sampler.cpp"
#include "../SamplerByOperators.cpp"
