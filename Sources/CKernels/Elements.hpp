// Reading a tensor's memory as its numbers. libtorch's own typed accessor is a template in its
// library, whose name compilers disagree on: what g++ exports, clang may not find.
#pragma once
#include <ATen/ATen.h>

namespace ct {

/// The elements of a tensor of this type, in its order of memory.
template <typename Element>
const Element *elements(const at::Tensor &tensor) {
  TORCH_CHECK(tensor.scalar_type() == c10::CppTypeToScalarType<Element>::value, "elements of type ",
              tensor.scalar_type(), " read as ", c10::CppTypeToScalarType<Element>::value);
  return static_cast<const Element *>(tensor.const_data_ptr());
}

}  // namespace ct
