#include "AttentionPlan.hpp"

#include <algorithm>
#include <map>

namespace ct::attention {

namespace {

/// How many keys the rows from..<to of a member see.
double cost_of(const Member &member, int64_t shared, int64_t window) {
  double cost = 0;
  for (int64_t i = member.from; i < member.to; ++i) {
    const int64_t keys = (member.own > 0 ? shared : 0) + i + 1;
    cost += static_cast<double>(window > 0 ? std::min(keys, window) : keys);
  }
  // A row costs something even where it sees little.
  return cost + 16 * static_cast<double>(member.to - member.from);
}

/// Cuts the family's own first text, which has no keys beyond the shared ones, into pieces of about
/// equal cost.
std::vector<Member> pieces(const Member &member, double cost, double most) {
  const int64_t count = std::min<int64_t>(static_cast<int64_t>(cost / most) + 1, member.to);
  std::vector<Member> result;
  int64_t from = 0;
  for (int64_t i = 1; i <= count; ++i) {
    // The cost of the first rows grows with the square of their number.
    const double share = std::sqrt(static_cast<double>(i) / static_cast<double>(count));
    const int64_t to = i == count ? member.to : static_cast<int64_t>(share * static_cast<double>(member.to));
    if (to > from) result.push_back({member.start, from, to, 0});
    from = std::max(from, to);
  }
  return result;
}

/// Whether no two of the ranges overlap.
bool are_apart(std::vector<std::pair<int64_t, int64_t>> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].first + ranges[i - 1].second) return false;
  }
  return true;
}

}  // namespace

Plan::Plan(const Segments &segments, const CTHeads &heads, int64_t window, int threads) {
  std::map<std::pair<int64_t, int64_t>, size_t> index;
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const bool goes_on : {false, true}) {
    for (const auto &segment : segments) {
      if (segment.length == 0 || (segment.prefix_length > 0) != goes_on) continue;
      const auto shared = goes_on ? std::make_pair(segment.prefix_start, segment.prefix_length)
                                  : std::make_pair(segment.start, segment.length);
      const auto [found, is_new] = index.try_emplace(shared, families.size());
      if (is_new) {
        families.push_back({shared.first, shared.second, {}, {}});
        ranges.push_back(shared);
      }
      if (goes_on) ranges.emplace_back(segment.start, segment.length);
      families[found->second].members.push_back({segment.start, 0, segment.length, goes_on ? segment.length : 0});
    }
  }
  is_sound = are_apart(std::move(ranges));
  if (!is_sound) return;

  double all = 0;
  for (const auto &family : families) {
    for (const auto &member : family.members) all += cost_of(member, family.length, window);
  }
  // Some tasks a thread even out what they cost; one thread needs none of that.
  const double most = threads > 1 ? all * static_cast<double>(heads.groups) / (4 * threads) : INFINITY;
  for (size_t i = 0; i < families.size(); ++i) {
    auto &family = families[i];
    auto &first = family.members.front();
    if (first.own == 0) {
      auto cut = pieces(first, cost_of(first, family.length, window), most);
      cut.insert(cut.end(), family.members.begin() + 1, family.members.end());
      family.members = std::move(cut);
    }
    std::vector<double> costs;
    for (size_t member = 0; member < family.members.size(); ++member) {
      const double cost = cost_of(family.members[member], family.length, window);
      if (member == 0 || costs.back() + cost > most) {
        family.parts.push_back(member);
        costs.push_back(0);
      }
      costs.back() += cost;
      blocks = std::max(blocks, Places{family.length, family.members[member].own}.blocks());
    }
    family.parts.push_back(family.members.size());
    for (int64_t group = 0; group < heads.groups; ++group) {
      for (int64_t part = 0; part < family.part_count(); ++part) {
        tasks.push_back({i, group, part, costs[static_cast<size_t>(part)]});
      }
    }
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task &a, const Task &b) { return a.cost > b.cost; });
}

}  // namespace ct::attention
