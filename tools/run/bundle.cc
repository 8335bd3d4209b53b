// SPDX-License-Identifier: ISC
#include "run/bundle.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <set>

#include "run/tar.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr size_t seed_size = 64;

Result<std::string> random_seed() {
  std::string seed(seed_size, '\0');
  if (getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size()))
    return system_error("cannot get random bytes", errno);
  return seed;
}

std::string nul_ended(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text.append(item).push_back('\0');
  return text;
}

std::string config_text(const BundleSpec& spec) {
  std::string text;
  text += spec.link == LinkMode::serial ? "link=serial\n" : "link=none\n";
  text += spec.verbose ? "verbose=1\n" : "verbose=0\n";
  text += "name=" + (spec.args.empty() ? "program" : spec.args[0]) + "\n";
  return text;
}

std::string symbols_text(const std::vector<ElfSymbol>& symbols) {
  std::string text;
  char address[32];
  for (const auto& symbol : symbols) {
    std::snprintf(address, sizeof address, "%llx ", static_cast<unsigned long long>(symbol.address));
    text.append(address).append(symbol.name).push_back('\n');
  }
  return text;
}

/// "root/..." for an absolute path of the image.
Result<std::string> archive_name(const std::string& guest) {
  const fs::path path = fs::path(guest).lexically_normal();
  const std::string text = path.string();
  if (!path.is_absolute() || text == "/")
    return Error{.message = "not a place in the image: '" + guest + "'",
                 .remedy = "give an absolute path, for instance --file notes.txt:/data/notes.txt"};
  return "root" + (text.ends_with("/") ? text.substr(0, text.size() - 1) : text);
}

/// Entries for the folders above `name`, each once, so that the guest need not invent them.
Result<void> add_parents(TarWriter& tar, const std::string& name, std::set<std::string>& made) {
  for (size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    const std::string folder = name.substr(0, at);
    if (folder == "root" || !made.insert(folder).second) continue;
    TRY(tar.add_folder(folder));
  }
  return {};
}

}  // namespace

Result<LinkMode> read_bundle_link(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string start(4096, '\0');  // the configuration is the first member
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!in.is_open()) return system_error("cannot read the boot bundle", errno, file);
  return start.find("link=serial\n") != std::string::npos ? LinkMode::serial : LinkMode::none;
}

Result<void> add_to_environment(const fs::path& bundle, const std::string& name, const std::string& value) {
  return append_to_member(bundle, "bactrian/env", nul_ended({name + "=" + value}));
}

Result<uint64_t> write_bundle(const BundleSpec& spec, const fs::path& file) {
  std::vector<std::string> env;
  for (const auto& [name, value] : spec.env) env.push_back(name + "=" + value);
  const bool fresh = spec.content == BundleContent::fresh;
  auto tar = TRY(TarWriter::create(file, fresh ? TarTimes::kept : TarTimes::none));
  TRY(tar.add_text("bactrian/config", config_text(spec)));
  TRY(tar.add_text("bactrian/args", nul_ended(spec.args)));
  TRY(tar.add_text("bactrian/env", nul_ended(env)));
  if (fresh) TRY(tar.add_text("bactrian/seed", TRY(random_seed())));
  if (!spec.symbols.empty()) TRY(tar.add_text("bactrian/symbols", symbols_text(spec.symbols)));
  std::set<std::string> made;
  for (const auto& [host, guest] : spec.files) {
    const std::string name = TRY(archive_name(guest));
    TRY(add_parents(tar, name, made));
    TRY(tar.add_tree(name, host));
  }
  return tar.finish();
}

}  // namespace bactrian
