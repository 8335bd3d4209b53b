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

namespace {

/// Raise it when an archive's features are found in another way.
constexpr const char* features_version = "2";

/// Whether a function's heading, "<camlMain.f_1>:", is of OCaml code. The C runtime's names begin with
/// "caml_".
bool is_ocaml_heading(std::string_view line) {
  constexpr std::string_view before = "<caml";
  return line.starts_with(before) && line.size() > before.size() && line[before.size()] >= 'A' &&
         line[before.size()] <= 'Z';
}

/// Whether a line of the disassembly, an instruction or a relocation, asks what the processor has.
bool asks_processor(std::string_view mnemonic, std::string_view line) {
  return mnemonic == "cpuid" || line.find("__cpu_model") != std::string_view::npos ||
         line.find("__cpu_features2") != std::string_view::npos;
}

}  // namespace

CpuFeatures x86_features(std::string_view disassembly) {
  CpuFeatures result;
  bool in_ocaml = false;
  while (!disassembly.empty()) {
    const size_t end = std::min(disassembly.find('\n'), disassembly.size());
    std::string_view line = disassembly.substr(0, end);
    disassembly.remove_prefix(std::min(end + 1, disassembly.size()));
    if (!line.starts_with('\t') && !line.starts_with(' ')) {  // a heading
      if (line.find("file format") != std::string_view::npos) in_ocaml = false;
      if (is_ocaml_heading(line)) in_ocaml = true;
      continue;
    }
    line = trim(line);
    const size_t blank = line.find_first_of(" \t");
    const std::string_view mnemonic = line.substr(0, blank);
    const std::string_view operands =
        blank == std::string_view::npos ? std::string_view() : line.substr(blank);
    if (asks_processor(mnemonic, line)) result.asks = true;
    // gcc writes `rep bsf` where old processors' reading of it, as bsf, is right too.
    if (mnemonic.starts_with("tzcnt") && !in_ocaml) continue;
    if (const auto extension = x86_extension(mnemonic, operands); !extension.empty())
      result.extensions.emplace(extension);
  }
  return result;
}

namespace {

Result<CpuFeatures> disassemble(Arch arch, const std::vector<fs::path>& files) {
  std::vector<std::string> argv = {cross_tool(arch, "objdump"), "-dr", "--no-show-raw-insn",
                                   "--no-addresses"};
  for (const auto& file : files) argv.push_back(file);
  const auto finished = TRY(run_checked({.argv = argv, .out = Stream::pipe, .err = Stream::null},
                                        "disassembling the program's objects"));
  return x86_features(finished.out);
}

/// What a library has, remembered by its content: names, and "asks".
Result<CpuFeatures> features_of_archive(const Cache& cache, Arch arch, const fs::path& file) {
  KeyBuilder key;
  key.add("version", features_version);
  TRY(key.add_file("file", file));
  const auto make = [&](const fs::path& folder) -> Result<void> {
    auto found = TRY(disassemble(arch, {file}));
    if (found.asks) found.extensions.insert("asks");
    return write_file(folder / "features", join({found.extensions.begin(), found.extensions.end()}, " "));
  };
  const fs::path entry = TRY(cache.provide("features", file.filename().string(), key.key(), make));
  CpuFeatures result;
  for (const auto& word : split(TRY(read_file(entry / "features")), ' ')) {
    if (word == "asks")
      result.asks = true;
    else if (!word.empty())
      result.extensions.insert(word);
  }
  return result;
}

/// One for each archive, and one for all objects together.
Result<std::vector<CpuFeatures>> features_of(const Cache& cache, Arch arch,
                                             const std::vector<fs::path>& files) {
  std::vector<CpuFeatures> result;
  if (arch != Arch::x86_64) return result;
  std::vector<fs::path> objects;
  for (const auto& file : files) {
    if (file.extension() == ".a")
      result.push_back(TRY(features_of_archive(cache, arch, file)));
    else
      objects.push_back(file);
  }
  if (!objects.empty()) result.push_back(TRY(disassemble(arch, objects)));
  return result;
}

}  // namespace

Result<std::set<std::string>> scan_cpu_features(const Cache& cache, Arch arch,
                                                const std::vector<fs::path>& files) {
  std::set<std::string> result;
  for (auto& features : TRY(features_of(cache, arch, files))) result.merge(features.extensions);
  return result;
}

Result<std::set<std::string>> required_cpu_features(const Cache& cache, Arch arch,
                                                    const std::vector<fs::path>& files) {
  std::set<std::string> result;
  for (auto& features : TRY(features_of(cache, arch, files)))
    if (!features.asks) result.merge(features.extensions);
  return result;
}

}  // namespace bactrian
