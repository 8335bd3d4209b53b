// SPDX-License-Identifier: ISC
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "support/cache.h"
#include "support/text.h"

namespace bactrian {

namespace {

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

/// Removes what the cache holds, not the folder itself: a person may have made it a mount point or a link.
/// Only a folder that the launcher found empty, and tagged, is emptied: BACTRIAN_CACHE may name anything.
Result<void> empty_cache(const fs::path& root) {
  std::error_code code;
  if (!fs::exists(root / "CACHEDIR.TAG", code))
    return Error{.message = "not removed: bactrian did not make this folder (it has no CACHEDIR.TAG)",
                 .where = root,
                 .remedy = "look at it, and remove it by hand if it is the cache"};
  for (const auto& kind : folders_in(root)) TRY(remove_tree(kind));
  return {};
}

}  // namespace

int command_clean(const CleanOptions& options) {
  const fs::path root = cache_root();
  const auto found = entries(root);
  uint64_t total = 0;
  for (const auto& entry : found) total += entry.bytes;
  if (options.all && !found.empty()) {
    if (const auto removed = empty_cache(root); !removed.ok()) {
      print_error(removed.error());
      return removed.error().status;
    }
  }
  if (options.json) {
    print_json(root, found, total, options.all);
  } else if (options.all) {
    std::printf("removed %s from %s\n", format_size(total).c_str(), root.c_str());
  } else {
    print_table(root, found, total);
    if (total > 0) std::printf("`bactrian clean --all` removes it; what is needed is then made again.\n");
  }
  return static_cast<int>(ExitStatus::ok);
}

}  // namespace bactrian
