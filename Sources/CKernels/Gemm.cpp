// How a product is cut: over threads, into blocks of rows and of K whose operands stay in a core's
// second-level cache, into tiles.
#include "Gemm.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "GemmTile.hpp"
#include "Threads.hpp"

namespace ct {

#if CT_HAS_SIMD

namespace {

/// 640 units of a panel are 160 KiB, and of 192 rows of A 480 KiB.
constexpr int64_t most_depth = 640, most_groups = 32;
/// How far ahead panels are fetched that are used once.
constexpr int64_t fetch_distance = 4096;

int64_t divided_up(int64_t value, int64_t by) { return (value + by - 1) / by; }

/// Rows go in groups of at most six that differ by one row at most.
struct Plan {
  const Product &product;
  int64_t groups, panels;
  int64_t depth_blocks, block_depth, block_groups;
  /// How the threads stand: by rows, by panels.
  int row_threads = 1, panel_threads = 1;
  /// Of each thread's memory: the block of A, its stride, the sums between blocks along K, their stride.
  int64_t a_bytes = 0, a_stride = 0, sum_bytes = 0, sum_stride = 0;

  explicit Plan(const Product &product) : product(product) {
    groups = divided_up(product.rows, tile_rows);
    panels = panels_of(product.columns);
    // A panel that one tile uses up needs no place in a cache.
    const bool whole = groups == 1 && !product.transposed;
    depth_blocks = whole ? 1 : std::max<int64_t>(1, divided_up(product.depth, most_depth));
    block_depth = divided_up(divided_up(product.depth, depth_blocks), 16) * 16;
    cut();
    const int64_t own = divided_up(groups, row_threads);
    block_groups = divided_up(own, divided_up(own, most_groups));
    const int64_t block_rows = divided_up(block_groups * tile_rows, 16) * 16;
    if (product.transposed) {
      // An odd number of cache lines, so that the rows of a tile do not fall onto one another.
      a_stride = block_depth * 4 + 64;
      a_bytes = block_rows * a_stride;
    }
    if (depth_blocks > 1 && !sums_in_place()) {
      sum_stride = divided_up(panels, panel_threads) * panel_step;
      sum_bytes = block_rows * sum_stride;
    }
  }

  int64_t row(int64_t group) const { return product.rows * group / groups; }
  /// Whether the sums between blocks along K can stand in the output.
  bool sums_in_place() const {
    return !product.half_out && (!product.residual || product.residual == product.out);
  }

 private:
  /// Takes the grid of threads with the least work for the busiest: by panels where that is as good,
  /// as then each panel is read by one thread; by rows for a transposed A, which is packed by rows.
  void cut() {
    const int threads = thread_count();
    int64_t least = INT64_MAX;
    for (int by_rows = 1; by_rows <= threads; ++by_rows) {
      if (threads % by_rows != 0) continue;
      const int by_panels = threads / by_rows;
      int64_t work = divided_up(groups, by_rows) * divided_up(panels, by_panels);
      if (product.transposed) work += work * (by_panels - 1) / 8;
      if (work < least) {
        least = work;
        row_threads = by_rows;
        panel_threads = by_panels;
      }
    }
  }
};

/// One thread's share of a product.
class Share {
 public:
  Share(const Plan &plan, int thread, char *memory)
      : plan(plan), product(plan.product), a_block(memory), sums(memory + plan.a_bytes) {
    const int64_t by_rows = thread / plan.panel_threads, by_panels = thread % plan.panel_threads;
    first_group = plan.groups * by_rows / plan.row_threads;
    end_group = plan.groups * (by_rows + 1) / plan.row_threads;
    first_panel = plan.panels * by_panels / plan.panel_threads;
    end_panel = plan.panels * (by_panels + 1) / plan.panel_threads;
  }

  void run() {
    for (int64_t group = first_group; group < end_group; group += plan.block_groups) {
      for (int64_t block = 0; block < plan.depth_blocks; ++block) {
        take(group, std::min(group + plan.block_groups, end_group), block);
        for (int64_t panel = first_panel; panel < end_panel; ++panel) multiply_panel(panel);
      }
    }
  }

 private:
  const Plan &plan;
  const Product &product;
  char *a_block, *sums;
  int64_t first_group, end_group, first_panel, end_panel;
  // The block of A that is being multiplied.
  int64_t begin, end, from, depth;
  bool is_first, is_last;

  void take(int64_t begin_group, int64_t block_end, int64_t block) {
    begin = begin_group;
    end = block_end;
    from = block * plan.block_depth;
    depth = std::max<int64_t>(0, std::min(plan.block_depth, product.depth - from));
    is_first = block == 0;
    is_last = block == plan.depth_blocks - 1;
    if (product.transposed) {
      pack_block(*product.transposed, product.first + plan.row(begin), plan.row(end) - plan.row(begin), from, depth,
                 product.half, a_block, plan.a_stride);
    }
  }

  const char *columns(int64_t panel) const {
    return product.panels + panel * product.panel_stride + from * panel_step;
  }

  void multiply_panel(int64_t panel) {
    Tile tile{};
    tile.b = columns(panel);
    tile.depth = depth;
    tile.a_stride = product.transposed ? plan.a_stride : product.a_stride;
    tile.columns = std::min(panel_columns, product.columns - panel * panel_columns);
    const int64_t count = end - begin;
    // Meanwhile the next panel is fetched, each tile a part of it; alone, a tile fetches its own.
    const char *next = columns(panel + 1 < end_panel ? panel + 1 : first_panel);
    const bool alone = count == 1;
    tile.ahead_step = panel_step / count;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = plan.row(begin + i), here = row - plan.row(begin);
      const int64_t rows = plan.row(begin + i + 1) - row;
      tile.a = product.transposed ? a_block + here * plan.a_stride
                                  : product.a + row * product.a_stride + from * 4;
      tile.ahead = alone ? tile.b + fetch_distance : next + depth * tile.ahead_step * i;
      place(tile, row, here, panel);
      const int lines = alone ? 4 : count < 4 ? 2 : 1;
      if (product.half) {
        run_tile<true>(tile, rows, lines);
      } else {
        run_tile<false>(tile, rows, lines);
      }
    }
  }

  /// Where a tile's sums come from and go to.
  void place(Tile &tile, int64_t row, int64_t here, int64_t panel) const {
    const int64_t size = product.half_out ? 2 : 4;
    char *out = product.out + row * product.out_stride + panel * panel_columns * size;
    const char *residual =
        product.residual ? product.residual + row * product.residual_stride + panel * panel_columns * size : nullptr;
    char *sum = sums + here * plan.sum_stride + (panel - first_panel) * panel_step;
    const bool in_place = plan.sums_in_place();
    const bool goes_out = is_last || in_place;
    tile.start = in_place ? (is_first ? residual : out) : is_first ? nullptr : sum;
    tile.start_stride = in_place ? product.out_stride : plan.sum_stride;
    tile.out = goes_out ? out : sum;
    tile.out_stride = goes_out ? product.out_stride : plan.sum_stride;
    tile.half_out = goes_out && product.half_out;
    tile.bias = is_last && product.bias ? product.bias + panel * panel_columns : nullptr;
    tile.residual = is_last && !in_place ? residual : nullptr;
    tile.residual_stride = product.residual_stride;
  }
};

/// Memory that stays from product to product.
char *scratch(int64_t bytes) {
  struct Line {
    alignas(64) char bytes[64];
  };
  thread_local std::vector<Line> lines;
  const auto wanted = static_cast<size_t>(bytes + 63) / sizeof(Line);
  if (lines.size() < wanted) lines.resize(wanted);
  return lines.front().bytes;
}

}  // namespace

void multiply(const Product &product) {
  if (product.rows <= 0 || product.columns <= 0) return;
  const Plan plan(product);
  const int64_t each = plan.a_bytes + plan.sum_bytes;
  const int threads = plan.row_threads * plan.panel_threads;
  char *memory = each > 0 ? scratch(each * threads) : nullptr;
  on_threads(threads, [&](int thread, int) { Share(plan, thread, memory + each * thread).run(); });
}

#else

void multiply(const Product &) { throw std::logic_error("this CPU has no packed products"); }

#endif

}  // namespace ct
