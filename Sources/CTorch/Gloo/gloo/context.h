// What libtorch's header of its Gloo group names of Gloo. libtorch carries Gloo whole and ships none of
// its headers; of these types only pointers are used here, and no object of them is made.
#pragma once
#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
