// Apart from the operators: c10d's headers take as long to read as ATen's, on another core.
#include "../Group.cpp"
