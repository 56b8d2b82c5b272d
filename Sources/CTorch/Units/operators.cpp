// All of this target at once: ATen's headers take longer to read than its functions to compile.
#include "../Autograd.cpp"
#include "../Elementwise.cpp"
#include "../Lifetime.cpp"
#include "../LinearAlgebra.cpp"
#include "../Machine.cpp"
#include "../Recompute.cpp"
#include "../Reductions.cpp"
#include "../Shapes.cpp"
