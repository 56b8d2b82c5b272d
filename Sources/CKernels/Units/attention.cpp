// Some of the kernels at once: ATen's headers take longer to read than a kernel to compile.
#include "../Attention.cpp"
#include "../AttentionPlan.cpp"
#include "../AttentionReference.cpp"
#include "../AttentionForward.cpp"
#include "../AttentionBackward.cpp"
#include "../AttentionNext.cpp"
