// SPDX-License-Identifier: ISC
#include "build/cpu_features.h"

#include <algorithm>
#include <array>
#include <map>

#include "build/components.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Mnemonics without their size suffix (AT&T syntax adds b, w, l or q).
const std::map<std::string_view, std::string_view>& exact_mnemonics() {
  static const std::map<std::string_view, std::string_view> table = {
      {"andn", "bmi1"},     {"bextr", "bmi1"},   {"blsi", "bmi1"},          {"blsmsk", "bmi1"},
      {"blsr", "bmi1"},     {"tzcnt", "bmi1"},   {"bzhi", "bmi2"},          {"mulx", "bmi2"},
      {"pdep", "bmi2"},     {"pext", "bmi2"},    {"rorx", "bmi2"},          {"sarx", "bmi2"},
      {"shlx", "bmi2"},     {"shrx", "bmi2"},    {"lzcnt", "abm"},          {"popcnt", "popcnt"},
      {"movbe", "movbe"},   {"adcx", "adx"},     {"adox", "adx"},           {"rdrand", "rdrand"},
      {"rdseed", "rdseed"}, {"crc32", "sse4.2"}, {"pclmulqdq", "pclmulqdq"}};
  return table;
}

bool is_aes(std::string_view mnemonic) {
  return mnemonic.starts_with("aes");
}
bool is_sha(std::string_view mnemonic) {
  return mnemonic.starts_with("sha1") || mnemonic.starts_with("sha256");
}

/// Instructions of AVX and later start with v; so do a few old ones that only a kernel uses.
std::string_view vector_extension(std::string_view mnemonic, std::string_view operands) {
  for (const char* old : {"verr", "verw", "vm"})
    if (mnemonic.starts_with(old) && !mnemonic.starts_with("vmov") && !mnemonic.starts_with("vmask") &&
        !mnemonic.starts_with("vmax") && !mnemonic.starts_with("vmin") && !mnemonic.starts_with("vmul") &&
        !mnemonic.starts_with("vmpsadbw"))
      return "";
  if (operands.find("zmm") != std::string_view::npos || operands.find("{%k") != std::string_view::npos)
    return "avx512f";
  if (mnemonic.starts_with("vfm") || mnemonic.starts_with("vfnm")) return "fma";
  // 256-bit integers came with AVX2; 256-bit floating point already with AVX.
  const bool wide = operands.find("ymm") != std::string_view::npos;
  return wide && mnemonic.starts_with("vp") && !mnemonic.starts_with("vpermil") && mnemonic != "vptest"
             ? "avx2"
             : "avx";
}

}  // namespace

std::string_view x86_extension(std::string_view mnemonic, std::string_view operands) {
  if (mnemonic.starts_with('v')) return vector_extension(mnemonic, operands);
  if (is_aes(mnemonic)) return "aes";
  if (is_sha(mnemonic)) return "sha-ni";
  const auto& table = exact_mnemonics();
  auto found = table.find(mnemonic);
  if (found == table.end() && mnemonic.size() > 1)
    found = table.find(mnemonic.substr(0, mnemonic.size() - 1));
  return found == table.end() ? std::string_view() : found->second;
}

std::set<std::string> x86_extensions(std::string_view disassembly) {
  std::set<std::string> result;
  while (!disassembly.empty()) {
    const size_t end = std::min(disassembly.find('\n'), disassembly.size());
    std::string_view line = disassembly.substr(0, end);
    disassembly.remove_prefix(std::min(end + 1, disassembly.size()));
    if (!line.starts_with('\t') && !line.starts_with(' ')) continue;  // a heading
    line = trim(line);
    const size_t blank = line.find_first_of(" \t");
    const std::string_view mnemonic = line.substr(0, blank);
    const std::string_view operands =
        blank == std::string_view::npos ? std::string_view() : line.substr(blank);
    if (const auto extension = x86_extension(mnemonic, operands); !extension.empty())
      result.emplace(extension);
  }
  return result;
}

namespace {

Result<std::set<std::string>> disassemble(Arch arch, const std::vector<fs::path>& files) {
  std::vector<std::string> argv = {cross_tool(arch, "objdump"), "-d", "--no-show-raw-insn", "--no-addresses"};
  for (const auto& file : files) argv.push_back(file);
  const auto finished = TRY(run_checked({.argv = argv, .out = Stream::pipe, .err = Stream::null},
                                        "disassembling the program's objects"));
  return x86_extensions(finished.out);
}

/// What a library has, remembered by its content.
Result<std::set<std::string>> features_of_archive(const Cache& cache, Arch arch, const fs::path& file) {
  KeyBuilder key;
  TRY(key.add_file("file", file));
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const auto found = TRY(disassemble(arch, {file}));
    return write_file(folder / "features", join({found.begin(), found.end()}, " "));
  };
  const fs::path entry = TRY(cache.provide("features", file.filename().string(), key.key(), make));
  const auto names = split(TRY(read_file(entry / "features")), ' ');
  return std::set<std::string>(names.begin(), names.end());
}

}  // namespace

Result<std::set<std::string>> scan_cpu_features(const Cache& cache, Arch arch,
                                                const std::vector<fs::path>& files) {
  std::set<std::string> result;
  if (arch != Arch::x86_64) return result;
  std::vector<fs::path> objects;
  for (const auto& file : files) {
    if (file.extension() == ".a")
      result.merge(TRY(features_of_archive(cache, arch, file)));
    else
      objects.push_back(file);
  }
  if (!objects.empty()) result.merge(TRY(disassemble(arch, objects)));
  return result;
}

}  // namespace bactrian
