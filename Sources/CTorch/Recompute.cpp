// Activation checkpointing: a part of the graph that is not kept but made again in the backward.
// Source: Training Deep Nets with Sublinear Memory Cost, arXiv:1604.06174.
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "Guard.hpp"

using namespace ct;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct CTPair {
  std::array<at::Tensor, 2> tensors;
};

namespace {

/// A caller's function, counted by reference: the graph holds it until its backward has run.
struct Work : torch::CustomClassHolder {
  void *context;
  CTMaking make;
  CTEnding end;
  CTReleasing release;

  Work(void *context, CTMaking make, CTEnding end, CTReleasing release)
      : context(context), make(make), end(end), release(release) {}
  ~Work() override { release(context); }

  variable_list run(const variable_list &inputs) const {
    CTPair results;
    make(context, out(inputs[0]), inputs.size() > 1 ? out(inputs[1]) : nullptr, &results);
    return {results.tensors[0], results.tensors[1]};
  }
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  /// `anchor` asks for a gradient, so that there is a node where no input does: what the work
  /// reads besides may.
  static variable_list forward(AutogradContext *context, const c10::intrusive_ptr<Work> &work,
                               at::TensorList inputs, const at::Tensor &) {
    context->saved_data["work"] = at::IValue::make_capsule(work);
    context->save_for_backward(inputs.vec());
    return work->run(inputs.vec());
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    const auto work = c10::static_intrusive_pointer_cast<Work>(context->saved_data["work"].toCapsule());
    variable_list inputs;
    for (const auto &saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().set_requires_grad(saved.requires_grad()));
    }
    {
      at::AutoGradMode guard(true);
      variable_list roots, seeds;
      const auto results = work->run(inputs);
      for (size_t i = 0; i < results.size(); ++i) {
        if (!gradients[i].defined() || !results[i].requires_grad()) continue;
        roots.push_back(results[i]);
        seeds.push_back(gradients[i]);
      }
      if (!roots.empty()) torch::autograd::backward(roots, seeds);
    }
    work->end(work->context);
    variable_list all{at::Tensor()};
    for (const auto &input : inputs) all.push_back(input.grad());
    all.emplace_back();
    return all;
  }
};

}  // namespace

void ct_pair_set(CTPair *pair, const CTTensor *first, const CTTensor *second) {
  pair->tensors = {in(first), in(second)};
}

CTStatus ct_recomputed(void *context, CTMaking make, CTEnding end, CTReleasing release, const CTTensor *x,
                       const CTTensor *y, CTTensor **first, CTTensor **second) {
  return attempted([&] {
    const auto work = c10::make_intrusive<Work>(context, make, end, release);
    variable_list inputs{in(x)};
    if (y) inputs.push_back(in(y));
    const auto anchor = at::empty({0}).set_requires_grad(true);
    const auto results = Recomputed::apply(work, at::TensorList(inputs), anchor);
    *first = out(results[0]);
    *second = out(results[1]);
  });
}
