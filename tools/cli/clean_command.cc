// SPDX-License-Identifier: ISC
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "support/cache.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// What is made of people's own sources, again within minutes, and a new one with each change. The rest is
/// the toolchain.
constexpr std::string_view kinds_of_programs[] = {"dune", "image", "lib", "peer", "program", "tests", "tool"};

struct CacheEntry {
  std::string name;  ///< KIND/NAME-KEY
  uint64_t bytes = 0;
  bool unfinished = false;  ///< what an interrupted build left
};

/// The sub-folders of a folder by name; none when it cannot be read.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::directory_iterator walk(folder, code); !code && walk != fs::directory_iterator();
       walk.increment(code))
    if (walk->is_directory()) found.push_back(walk->path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<CacheEntry> entries(const fs::path& root) {
  std::vector<CacheEntry> found;
  for (const auto& kind : folders_in(root)) {
    for (const auto& entry : folders_in(kind)) {
      const std::string name = entry.filename();
      found.push_back({kind.filename().string() + "/" + name, disk_usage(entry), name.starts_with(".")});
    }
  }
  return found;
}

/// When something was last put into the folder, or taken out of it.
bool is_older(const fs::path& folder, unsigned days) {
  std::error_code code;
  const auto changed = fs::last_write_time(folder, code);
  return !code && changed < fs::file_time_type::clock::now() - std::chrono::days(days);
}

std::vector<CacheEntry> old_programs(const fs::path& root, std::vector<CacheEntry> found, unsigned days) {
  std::erase_if(found, [&](const CacheEntry& entry) {
    const std::string_view kind = std::string_view(entry.name).substr(0, entry.name.find('/'));
    return std::ranges::find(kinds_of_programs, kind) == std::end(kinds_of_programs) ||
           !is_older(root / entry.name, days);
  });
  return found;
}

uint64_t total_bytes(const std::vector<CacheEntry>& all) {
  uint64_t total = 0;
  for (const auto& entry : all) total += entry.bytes;
  return total;
}

void print_table(const fs::path& root, const std::vector<CacheEntry>& found, uint64_t total) {
  for (const auto& entry : found)
    std::printf("%10s  %s%s\n", format_size(entry.bytes).c_str(), entry.name.c_str(),
                entry.unfinished ? "  (work in progress, or what an interruption left)" : "");
  std::printf("%10s  in %s\n", format_size(total).c_str(), root.c_str());
}

void print_json(const fs::path& root, const std::vector<CacheEntry>& found, uint64_t total, bool removed) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& entry : found)
    list.push_back({{"name", entry.name}, {"bytes", entry.bytes}, {"unfinished", entry.unfinished}});
  const nlohmann::json all = {
      {"cache", root.string()}, {"bytes", total}, {"entries", list}, {"removed", removed}};
  std::printf("%s\n", all.dump(2).c_str());
}

/// A folder that the launcher found empty, and tagged: BACTRIAN_CACHE may name anything.
Result<void> check_is_ours(const fs::path& root) {
  std::error_code code;
  if (!fs::exists(root / "CACHEDIR.TAG", code))
    return Error{.message = "not removed: bactrian did not make this folder (it has no CACHEDIR.TAG)",
                 .where = root,
                 .remedy = "look at it, and remove it by hand if it is the cache"};
  return {};
}

/// Removes what the cache holds, not the folder itself: a person may have made it a mount point or a link.
Result<void> empty_cache(const fs::path& root) {
  TRY(check_is_ours(root));
  for (const auto& kind : folders_in(root)) TRY(remove_tree(kind));
  return {};
}

Result<void> remove_entries(const fs::path& root, const std::vector<CacheEntry>& entries) {
  TRY(check_is_ours(root));
  for (const auto& entry : entries) TRY(remove_tree(root / entry.name));
  return {};
}

}  // namespace

int command_clean(const CleanOptions& options) {
  const fs::path root = cache_root();
  auto found = entries(root);
  if (options.older_days > 0) found = old_programs(root, std::move(found), options.older_days);
  const bool removes = options.all || options.older_days > 0;
  if (removes && !found.empty()) {
    const auto removed = options.all ? empty_cache(root) : remove_entries(root, found);
    if (!removed.ok()) {
      print_error(removed.error());
      return removed.error().status;
    }
  }
  const uint64_t total = total_bytes(found);
  if (options.json) {
    print_json(root, found, total, removes);
  } else if (removes) {
    std::printf("removed %s from %s\n", format_size(total).c_str(), root.c_str());
  } else {
    print_table(root, found, total);
    if (total > 0)
      std::printf(
          "`bactrian clean --all` removes it, `--older DAYS` old programs and test builds; what is needed is "
          "made again.\n");
  }
  return static_cast<int>(ExitStatus::ok);
}

}  // namespace bactrian
