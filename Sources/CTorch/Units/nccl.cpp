// Apart from the others: CUDA's headers would be read for all of them.
#include "../NCCL.cpp"
