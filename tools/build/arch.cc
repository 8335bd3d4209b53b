// SPDX-License-Identifier: ISC
#include "build/build.h"
#include "support/text.h"

namespace bactrian {

std::string_view arch_name(Arch arch) {
  switch (arch) {
    case Arch::x86_64:
      return "x86_64";
    case Arch::aarch64:
      return "aarch64";
    case Arch::riscv64:
      return "riscv64";
  }
  return "?";
}

std::string_view target_name(Target target) {
  return target == Target::bare ? "bare" : "hosted";
}

Result<Arch> parse_arch(std::string_view name) {
  std::vector<std::string> names;
  for (const Arch arch : all_archs) {
    if (name == arch_name(arch)) return arch;
    names.emplace_back(arch_name(arch));
  }
  const std::string other = name == "arm64" ? "aarch64" : name == "amd64" ? "x86_64" : nearest(name, names);
  return Error{.message = "unknown architecture '" + std::string(name) + "'",
               .remedy = other.empty() ? "use one of " + join(names, ", ")
                                       : "did you mean " + other + "? (" + join(names, ", ") + ")"};
}

}  // namespace bactrian
