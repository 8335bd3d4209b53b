// SPDX-License-Identifier: ISC
#include "build/compiler_config.h"

#include <cstdio>

#include "support/text.h"

namespace bactrian {

Result<CompilerConfig> CompilerConfig::parse(std::string_view text) {
  CompilerConfig result;
  for (const auto& line : split(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    result.fields_[std::string(trim(line.substr(0, colon)))] = trim(std::string_view(line).substr(colon + 1));
  }
  if (result.version().empty() || result.field("architecture").empty())
    return Error{.message =
                     "this is no OCaml native compiler: its -config tells no version and architecture"};
  return result;
}

std::string CompilerConfig::field(const std::string& name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::string() : found->second;
}

std::pair<unsigned, unsigned> CompilerConfig::release() const {
  unsigned major = 0, minor = 0;
  if (std::sscanf(version().c_str(), "%u.%u", &major, &minor) != 2) return {0, 0};
  return {major, minor};
}

bool CompilerConfig::is_oxcaml() const {
  return flag("ox") || version().find("+ox") != std::string::npos;
}

std::string CompilerConfig::standard_library() const {
  const std::string used = field("standard_library");
  return used.empty() ? field("standard_library_default") : used;
}

std::string_view ocaml_architecture(Arch arch) {
  switch (arch) {
    case Arch::x86_64:
      return "amd64";
    case Arch::aarch64:
      return "arm64";
    case Arch::riscv64:
      return "riscv";
  }
  return "?";
}

namespace {

constexpr const char* leave_out = "or leave out --compiler: a private OCaml is then used";

class Judge {
 public:
  Judge(const CompilerConfig& config, Arch arch) : config_(config), arch_(arch) {}

  CompilerReport report() {
    report_.facts.push_back("version: " + config_.version() + (config_.is_oxcaml() ? " (OxCaml)" : ""));
    report_.facts.push_back("architecture: " + config_.field("architecture") + ", " +
                            config_.field("system"));
    report_.facts.push_back("standard library: " + config_.standard_library());
    for (const char* feature : {"flambda", "flambda2", "with_frame_pointers", "stack_allocation", "runtime5"})
      if (config_.flag(feature)) report_.facts.push_back(std::string(feature) + ": yes");
    check_version();
    check_machine();
    check_instrumentation();
    report_.fits = report_.problems.empty();
    return report_;
  }

 private:
  void problem(const std::string& what, const std::string& remedy) {
    report_.problems.push_back(what + " (to fix: " + remedy + ")");
  }

  void check_version() {
    if (config_.release() < std::pair(5U, 1U))
      problem("OCaml " + config_.version() + " is too old: 5.1 or newer is needed",
              std::string("use a newer one, for instance `opam switch create 5.4.1`, ") + leave_out);
  }

  void check_machine() {
    const std::string system = config_.field("system"), architecture = config_.field("architecture");
    if (!system.empty() && !system.starts_with("linux"))
      problem("it makes objects for '" + system + "', not the ELF objects of Linux",
              "use an OCaml for Linux");
    if (architecture != ocaml_architecture(arch_))
      problem(
          "it makes code for " + architecture + ", and the program is for " + std::string(arch_name(arch_)),
          arch_ == Arch::x86_64 ? "use an amd64 OCaml"
                                : "leave out --compiler: the private cross compiler is then used");
    if (config_.flag("no_stack_checks"))
      problem("it was configured without stack checks, so stacks cannot grow: they would overrun memory",
              std::string("use one with stack checks, ") + leave_out);
  }

  void check_instrumentation() {
    if (config_.flag("tsan"))
      problem("it was configured with the thread sanitizer, which needs its own runtime library",
              std::string("use a switch without tsan, ") + leave_out);
    const bool asan = config_.flag("with_address_sanitizer") || config_.flag("address_sanitizer") ||
                      config_.field("native_c_compiler").find("-fsanitize=") != std::string::npos;
    if (asan)
      problem("it was configured with the address sanitizer, which needs its own runtime library",
              std::string("use a switch without sanitizers, ") + leave_out);
  }

  const CompilerConfig& config_;
  Arch arch_;
  CompilerReport report_;
};

}  // namespace

CompilerReport judge(const CompilerConfig& config, Arch arch) {
  return Judge(config, arch).report();
}

}  // namespace bactrian
