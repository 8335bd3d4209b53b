// SPDX-License-Identifier: ISC
#include "build/final_link.h"

#include <array>
#include <cstdio>

#include "build/components.h"
#include "build/cpu_features.h"
#include "build/image_note.h"
#include "build/link_errors.h"
#include "support/hash.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Raise it when the same inputs are linked in another way.
constexpr const char* link_version = "6";

/// The nucleus' name for an extension: its bit in `image_cpu_requirements` (docs/boot.md), in order.
constexpr std::array requirement_bits = {"sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "avx",  "avx2",
                                         "bmi1", "bmi2",  "fma",    "abm",    "movbe",  "f16c", "avx512f"};

/// Everything that our side adds to a program.
struct Parts {
  Sysroot sysroot;
  std::optional<fs::path> gcompat;
  std::optional<Nucleus> nucleus;   ///< bare
  std::optional<fs::path> acpica;   ///< bare, for a program that asks for the machine
  std::optional<fs::path> redoxfs;  ///< for a program that mounts file systems
};

/// Whether the program, or a library of its, calls what needs firmware's AML.
Result<bool> asks_for_machine(const FinalLink& link, const Compiler& compiler) {
  return names_one_of(link.record, {"nucleus_machine_description", "nucleus_pci_scan"},
                      compiler.config.standard_library());
}

Result<Parts> provide_parts(const Cache& cache, const FinalLink& link, const Compiler& compiler) {
  Parts parts{.sysroot = TRY(provide_sysroot(link.arch))};
  if (TRY(names_one_of(link.record, {"redoxfs_volume_open"}, compiler.config.standard_library())))
    parts.redoxfs = TRY(provide_redoxfs(link.arch));
  if (compiler.compiled_for_glibc) parts.gcompat = TRY(provide_gcompat(cache, parts.sysroot));
  if (link.target == Target::bare) {
    parts.nucleus = TRY(provide_nucleus(cache, link.arch, link.debug));
    if (TRY(asks_for_machine(link, compiler))) parts.acpica = TRY(provide_acpica(link.arch));
  }
  return parts;
}

/// The parts live in cache folders that are named by their keys.
std::string key_of_parts(const Parts& parts) {
  std::string result = parts.sysroot.folder.filename();
  if (parts.gcompat) result += " " + parts.gcompat->parent_path().filename().string();
  if (parts.nucleus) result += " " + parts.nucleus->object.parent_path().filename().string();
  if (parts.acpica) result += " " + parts.acpica->parent_path().filename().string();
  if (parts.redoxfs) result += " " + parts.redoxfs->parent_path().filename().string();
  return result;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Result<std::string> libgcc_of(Arch arch) {
  const auto finished =
      TRY(run_checked({.argv = {cross_tool(arch, "gcc"), "-print-libgcc-file-name"}, .out = Stream::pipe},
                      "asking gcc for libgcc"));
  return std::string(trim(finished.out));
}

/// What the nucleus refuses to boot without: what the program, its own libraries and those beside the
/// compiler use without asking. Libraries of the system are left out: seldom is all of one linked.
Result<uint64_t> cpu_requirements(const Cache& cache, const FinalLink& link,
                                  const std::vector<LinkInput>& inputs, const Compiler& compiler) {
  std::vector<fs::path> files;
  for (size_t i = 0; i < inputs.size(); i++) {
    const bool of_compiler = inputs[i].path.string().starts_with(compiler.config.standard_library());
    const bool of_build = link.record.items[i].embedded;
    if (inputs[i].kind != LinkInput::Kind::library && (of_build || of_compiler))
      files.push_back(inputs[i].path);
  }
  const auto features = TRY(required_cpu_features(cache, link.arch, files));
  uint64_t bits = 0;
  for (size_t i = 0; i < requirement_bits.size(); i++)
    if (features.contains(requirement_bits[i])) bits |= uint64_t{1} << i;
  return bits;
}

/// The linker's command. Libraries form one group: stubs, runtime and libc refer to each other in all
/// directions.
Result<std::vector<std::string>> link_command(const FinalLink& link, const Parts& parts,
                                              const std::vector<LinkInput>& inputs, const fs::path& note,
                                              const fs::path& output) {
  const Sysroot& sysroot = parts.sysroot;
  std::vector<std::string> argv = {
      cross_tool(link.arch, "ld"), "-static",       "-nostdlib", "--gc-sections", "-z", "noexecstack",
      "--no-warn-rwx-segments",    "--no-demangle", "-o",        output};
  if (parts.nucleus) append(argv, {"-T", parts.nucleus->script});
  // A segment's alignment: loaders map from the boundary below its start, so it must not reach into the one
  // before.
  if (parts.nucleus) append(argv, {"-z", "max-page-size=0x1000"});
  append(argv, link.record.linker_flags);
  append(argv, {sysroot.library("crt1.o")});
  if (!parts.nucleus) append(argv, {sysroot.library("crti.o")});
  if (parts.nucleus) append(argv, {parts.nucleus->object});
  if (parts.acpica) argv.push_back(*parts.acpica);
  if (parts.redoxfs) argv.push_back(*parts.redoxfs);
  append(argv, {note});
  for (const auto& input : inputs)
    if (input.kind == LinkInput::Kind::object) argv.push_back(input.path);
  argv.push_back("--start-group");
  for (const auto& input : inputs) {
    if (input.kind != LinkInput::Kind::archive) continue;
    if (input.whole)
      append(argv, {"--whole-archive", input.path, "--no-whole-archive"});
    else
      argv.push_back(input.path);
  }
  if (parts.gcompat) argv.push_back(*parts.gcompat);
  if (!parts.nucleus) argv.push_back(sysroot.library("libhosted.a"));
  append(argv, {sysroot.library("libc.a"), TRY(libgcc_of(link.arch)), "--end-group"});
  if (!parts.nucleus) argv.push_back(sysroot.library("crtn.o"));
  return argv;
}

Result<fs::path> make_note(const FinalLink& link, const ImageNote& note, const fs::path& folder) {
  TRY(write_file(folder / "note.s", note_assembly(note)));
  TRY(run_checked({.argv = {cross_tool(link.arch, "as"), "-o", folder / "note.o", folder / "note.s"}},
                  "assembling the image's note"));
  return folder / "note.o";
}

Result<void> make_image(const Cache& cache, const FinalLink& link, const Compiler& compiler,
                        const Parts& parts, const fs::path& folder) {
  const Progress progress("linking " + link.name);
  const auto work = TRY(TempFolder::create("bactrian-link"));
  const auto inputs = TRY(unpack(link.record, work.path()));
  std::vector<fs::path> files;
  for (const auto& input : inputs)
    if (input.kind != LinkInput::Kind::library) files.push_back(input.path);
  const ImageNote note{.arch = link.arch,
                       .target = link.target,
                       .cpu_features = TRY(scan_cpu_features(cache, link.arch, files)),
                       .compiler = compiler.name()};
  const fs::path elf = folder / (link.name + ".elf");
  auto argv = TRY(link_command(link, parts, inputs, TRY(make_note(link, note, work.path())), elf));
  if (parts.nucleus && link.arch == Arch::x86_64) {
    const uint64_t bits = TRY(cpu_requirements(cache, link, inputs, compiler));
    argv.push_back("--defsym=image_cpu_requirements=" + std::to_string(bits));
  }
  if (link.verbose) std::fprintf(stderr, "+ %s\n", shell_command(argv).c_str());
  const auto finished = TRY(run({.argv = argv, .out = Stream::pipe, .err_to_out = true}));
  if (finished.status != 0) return explain_link_failure(finished.out, inputs);
  return {};
}

}  // namespace

Result<BuiltImage> link_image(const Cache& cache, const FinalLink& link, const Compiler& compiler) {
  const Parts parts = TRY(provide_parts(cache, link, compiler));
  KeyBuilder key;
  key.add("version", link_version).add("parts", key_of_parts(parts)).add("compiler", compiler.name());
  key.add("target", target_name(link.target)).add("program", TRY(content_key(link.record)));
  const fs::path entry = TRY(cache.provide(
      "image", link.name + "-" + std::string(arch_name(link.arch)), key.key(),
      [&](const fs::path& folder) { return make_image(cache, link, compiler, parts, folder); }));
  return load_image(entry / (link.name + ".elf"));
}

Result<BuiltImage> load_image(const fs::path& elf) {
  const ImageNote note = TRY(read_image_note(elf));
  return BuiltImage{.elf = elf,
                    .kernel = elf,
                    .arch = note.arch,
                    .target = note.target,
                    .cpu_features = {note.cpu_features.begin(), note.cpu_features.end()}};
}

}  // namespace bactrian
