// Linear layers as one product with packed weights.
#include "Linear.hpp"

#include <algorithm>

#include "EightBit.hpp"
#include "Gemm.hpp"
#include "Gradient.hpp"
#include "Switches.hpp"
#include "WideProduct.hpp"

using namespace ct;

namespace {

/// From so many rows on panels are packed for one product and not kept: packing is then one part in
/// a hundred of it, and a model's panels are as large as its weights.
constexpr int64_t rows_that_repay = 1024;
/// Panels for the backward that are larger are packed block by block at each use: a vocabulary's are
/// as large as the model's other weights together.
constexpr int64_t most_at_once = 64 << 20;
/// Two of the product's own blocks along K.
constexpr int64_t blocked_depth = 1280;

at::Tensor room(int64_t bytes) { return at::empty({bytes}, at::kByte); }

char *bytes(const at::Tensor &tensor) { return static_cast<char *>(tensor.data_ptr()); }

int64_t stride_of(const at::Tensor &matrix) { return matrix.size(1) * matrix.element_size(); }

int64_t panel_bytes(int64_t length, int64_t columns, bool half) {
  return units_of(length, half) * panel_step * panels_of(columns);
}

void append(Rows &rows, const at::Tensor &matrix) {
  rows.append(matrix.const_data_ptr(), stride_of(matrix), matrix.size(0), matrix.scalar_type() == at::kBFloat16);
}

/// Rows of whole units: an odd number of bfloat16 gets a zero more.
at::Tensor operand(const at::Tensor &matrix, int64_t columns, bool half) {
  TORCH_CHECK(matrix.dim() == 2 && matrix.size(1) == columns, "a matrix of shape ", matrix.sizes(), " where rows of ",
              columns, " are wanted");
  if (half && columns % 2 == 1) return at::constant_pad_nd(matrix, {0, 1});
  return matrix.contiguous();
}

}  // namespace

CTLinear::CTLinear(std::vector<at::Tensor> weights, std::vector<at::Tensor> biases, at::ScalarType compute,
                   bool is_eight_bit)
    : weights(std::move(weights)), biases(std::move(biases)), compute(compute), in_eight_bits(is_eight_bit) {
  TORCH_CHECK(!this->weights.empty(), "a linear layer without a weight");
  for (size_t i = 0; i < this->weights.size(); ++i) {
    const auto &weight = this->weights[i];
    TORCH_CHECK(weight.dim() == 2 && weight.size(1) == inputs(), "a weight of shape ", weight.sizes(), " beside ",
                this->weights.front().sizes());
    const auto &bias = this->biases[i];
    TORCH_CHECK(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)), "a bias of shape ",
                bias.sizes(), " for a weight of shape ", weight.sizes());
    rows += weight.size(0);
  }
}

std::vector<at::Tensor> CTLinear::leaves() const {
  auto result = weights;
  for (const auto &bias : biases) {
    if (bias.defined()) result.push_back(bias);
  }
  return result;
}

bool CTLinear::learns() const {
  if (in_eight_bits) return false;
  for (const auto &leaf : leaves()) {
    if (leaf.requires_grad()) return true;
  }
  return false;
}

bool CTLinear::ownsLeaves() const {
  for (const auto &leaf : leaves()) {
    if (!leaf.is_contiguous() || (leaf.requires_grad() && !leaf.is_leaf())) return false;
  }
  return true;
}

bool CTLinear::uses_kernel(const at::Tensor &x) const {
  if (!uses(CT_LINEAR) || !fits(x) || x.scalar_type() != compute || x.dim() != 2) return false;
  for (const auto &leaf : leaves()) {
    if (!fits(leaf)) return false;
  }
  return ownsLeaves();
}

at::Tensor CTLinear::fused_weight(at::ScalarType type) const {
  std::vector<at::Tensor> parts;
  for (const auto &weight : weights) parts.push_back(weight.to(type));
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

at::Tensor CTLinear::fused_bias() const {
  std::vector<at::Tensor> parts;
  bool any = false;
  for (size_t i = 0; i < biases.size(); ++i) {
    const auto &weight = weights[i];
    any = any || biases[i].defined();
    parts.push_back(biases[i].defined() ? biases[i].to(compute)
                                        : at::zeros({weight.size(0)}, weight.options().dtype(compute)));
  }
  if (!any) return {};
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

const at::Tensor &CTLinear::keptWeight() {
  if (!joined.is_of(weights)) {
    at::NoGradGuard guard;
    joined = Packed();  // the old copy goes before the new one comes
    joined = {widened(fused_weight().detach()), state_of(weights)};
  }
  return joined.memory;
}

const at::Tensor &CTLinear::keptBias() {
  const auto state = state_of(biases);
  if (state.empty()) return joinedBias.memory;
  if (!joinedBias.is_of(biases)) {
    at::NoGradGuard guard;
    joinedBias = {widened(fused_bias().detach()), state};
  }
  return joinedBias.memory;
}

void CTLinear::addGradientByOperators(const at::Tensor &dy, const at::Tensor &x) {
  at::NoGradGuard guard;
  int64_t start = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto part = dy.narrow(1, start, weights[i].size(0));
    start += weights[i].size(0);
    if (biases[i].defined() && biases[i].requires_grad()) {
      const Gradient sum(biases[i]);
      const auto along = part.sum(0, /*keepdim=*/false, at::promote_types(part.scalar_type(), at::kFloat));
      sum.is_fresh ? sum.tensor.copy_(along) : sum.tensor.add_(along);
    }
    if (!weights[i].requires_grad()) continue;
    const Gradient sum(weights[i]);
    add_product(sum.tensor, part.t(), x, sum.is_fresh);
  }
}

bool CTLinear::Packed::is_of(const std::vector<at::Tensor> &leaves) const {
  return memory.defined() && state == state_of(leaves);
}

bool CTLinear::Packed::is_stale(const std::vector<at::Tensor> &leaves, int64_t bytes) {
  if (is_of(leaves)) return false;
  if (!memory.defined() || memory.numel() != bytes) memory = room(bytes);
  state = state_of(leaves);
  return true;
}

CTLinear::State CTLinear::state_of(const std::vector<at::Tensor> &leaves) {
  State state;
  for (const auto &leaf : leaves) {
    if (leaf.defined()) state.emplace_back(leaf.const_data_ptr(), leaf._version());
  }
  return state;
}

void CTLinear::forget() {
  for (auto *packed : {&columns, &lines, &bias, &joined, &joinedBias}) *packed = Packed();
}

Rows CTLinear::weight_rows() const {
  Rows rows;
  for (const auto &weight : weights) append(rows, weight);
  return rows;
}

template <typename Fill>
const char *CTLinear::panels(Packed &kept, int64_t size, int64_t rows, at::Tensor &once, const Fill &fill) {
  if (rows >= rows_that_repay && !kept.is_of(weights)) {
    once = room(size);
    fill(bytes(once));
    return bytes(once);
  }
  if (kept.is_stale(weights, size)) fill(bytes(kept.memory));
  return bytes(kept.memory);
}

const char *CTLinear::forward_panels(int64_t rows, at::Tensor &once) {
  return panels(columns, panel_bytes(inputs(), outputs(), is_half()), rows, once,
                [&](char *memory) { pack_columns(weight_rows(), inputs(), is_half(), memory); });
}

const char *CTLinear::backward_panels(int64_t rows, at::Tensor &once) {
  return panels(lines, panel_bytes(outputs(), inputs(), is_half()), rows, once,
                [&](char *memory) { pack_rows(weight_rows(), 0, outputs(), inputs(), is_half(), memory); });
}

const float *CTLinear::packed_bias() {
  if (std::none_of(biases.begin(), biases.end(), [](const at::Tensor &part) { return part.defined(); })) {
    return nullptr;
  }
  const bool is_old = bias.is_stale(biases, outputs() * 4);
  auto *values = reinterpret_cast<float *>(bytes(bias.memory));
  if (!is_old) return values;
  int64_t start = 0;
  for (size_t i = 0; i < biases.size(); ++i) {
    const int64_t count = weights[i].size(0);
    auto place = at::from_blob(values + start, {count}, at::TensorOptions().dtype(at::kFloat));
    start += count;
    if (biases[i].defined()) {
      // Rounded as the weights are, and as libtorch's own product of this type takes it.
      place.copy_(biases[i].detach().to(compute));
    } else {
      place.zero_();
    }
  }
  return values;
}

void CTLinear::run_in_eight_bits(const at::Tensor &x, char *out, int64_t stride, bool half) {
  const int64_t size = eight::packed_bytes(inputs(), outputs());
  if (columns.is_stale(weights, size)) eight::pack(weight_rows(), inputs(), bytes(columns.memory));
  eight::Product product;
  product.rows = x.size(0);
  product.columns = outputs();
  product.length = inputs();
  product.x = bytes(x);
  product.x_stride = stride_of(x);
  product.half = is_half();
  product.packed = bytes(columns.memory);
  product.bias = packed_bias();
  product.out = out;
  product.out_stride = stride;
  product.half_out = half;
  eight::multiply(product);
}

void CTLinear::run(const at::Tensor &input, char *out, int64_t stride, bool half) {
  if (in_eight_bits) return run_in_eight_bits(operand(input, inputs(), false), out, stride, half);
  const auto x = operand(input, inputs(), is_half());
  at::Tensor once;
  Product product;
  product.half = is_half();
  product.rows = x.size(0);
  product.columns = outputs();
  product.depth = units_of(inputs(), is_half());
  product.a = bytes(x);
  product.a_stride = stride_of(x);
  product.panels = forward_panels(x.size(0), once);
  product.panel_stride = product.depth * panel_step;
  product.bias = packed_bias();
  product.out = out;
  product.out_stride = stride;
  product.half_out = half;
  multiply(product);
}

void CTLinear::forward(const at::Tensor &x, float *out, int64_t ldo) {
  at::NoGradGuard guard;
  run(x, reinterpret_cast<char *>(out), ldo * 4, false);
}

at::Tensor CTLinear::forward(const at::Tensor &x, at::ScalarType type) {
  at::NoGradGuard guard;
  auto result = at::empty({x.size(0), outputs()}, x.options().dtype(type));
  run(x, bytes(result), stride_of(result), type == at::kBFloat16);
  return result;
}

at::Tensor CTLinear::input_gradient(const at::Tensor &dy) {
  TORCH_CHECK(!in_eight_bits, "a layer in eight bits has no gradients");
  at::NoGradGuard guard;
  if (panel_bytes(outputs(), inputs(), is_half()) > most_at_once) return input_gradient_in_blocks(dy);
  const auto a = operand(dy, outputs(), is_half());
  auto result = at::empty({dy.size(0), inputs()}, dy.options());
  at::Tensor once;
  Product product;
  product.half = is_half();
  product.rows = dy.size(0);
  product.columns = inputs();
  product.depth = units_of(outputs(), is_half());
  product.a = bytes(a);
  product.a_stride = stride_of(a);
  product.panels = backward_panels(dy.size(0), once);
  product.panel_stride = product.depth * panel_step;
  product.out = bytes(result);
  product.out_stride = stride_of(result);
  product.half_out = is_half();
  multiply(product);
  return result;
}

at::Tensor CTLinear::input_gradient_in_blocks(const at::Tensor &dy) {
  const auto a = operand(dy, outputs(), is_half());
  auto sums = at::empty({dy.size(0), inputs()}, dy.options().dtype(at::kFloat));
  const int64_t depth = units_of(outputs(), is_half()), values = is_half() ? 2 : 1;
  const int64_t block = std::min(depth, blocked_depth);
  const auto panels = room(panels_of(inputs()) * panel_step * block);
  const auto rows = weight_rows();
  Product product;
  product.half = is_half();
  product.rows = dy.size(0);
  product.columns = inputs();
  product.a_stride = stride_of(a);
  product.panels = bytes(panels);
  product.out = bytes(sums);
  product.out_stride = product.residual_stride = stride_of(sums);
  for (int64_t from = 0; from < depth; from += block) {
    product.depth = std::min(block, depth - from);
    product.panel_stride = product.depth * panel_step;
    product.a = bytes(a) + from * 4;
    const int64_t first = from * values;
    pack_rows(rows, first, std::min(product.depth * values, outputs() - first), inputs(), is_half(), bytes(panels));
    multiply(product);
    product.residual = product.out;
  }
  return sums.to(compute);
}

void CTLinear::add_weight_gradient(const at::Tensor &gradient, const at::Tensor &input) {
  at::NoGradGuard guard;
  const auto dy = gradient.contiguous(), x = input.contiguous();
  Rows dy_rows, x_rows;
  append(dy_rows, dy);
  append(x_rows, x);
  const int64_t tokens = x.size(0);
  at::Tensor panels;
  int64_t start = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const int64_t count = weights[i].size(0), first = start;
    start += count;
    if (biases[i].defined() && biases[i].requires_grad()) {
      const Gradient sum(biases[i]);
      add_column_sums(dy_rows, first, count, bytes(sum.tensor), sum.tensor.scalar_type() == at::kBFloat16,
                      sum.is_fresh);
    }
    if (!weights[i].requires_grad()) continue;
    if (!panels.defined()) {
      panels = room(panel_bytes(tokens, inputs(), is_half()));
      pack_rows(x_rows, 0, tokens, inputs(), is_half(), bytes(panels));
    }
    const Gradient sum(weights[i]);
    Product product;
    product.half = is_half();
    product.rows = count;
    product.columns = inputs();
    product.depth = units_of(tokens, is_half());
    product.transposed = &dy_rows;
    product.first = first;
    product.panels = bytes(panels);
    product.panel_stride = product.depth * panel_step;
    product.out = bytes(sum.tensor);
    product.out_stride = product.residual_stride = stride_of(sum.tensor);
    product.half_out = sum.tensor.scalar_type() == at::kBFloat16;
    if (!sum.is_fresh) product.residual = product.out;
    multiply(product);
  }
}
