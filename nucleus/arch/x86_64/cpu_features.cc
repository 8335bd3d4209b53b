// SPDX-License-Identifier: ISC

// CPUID at boot: features found, requirements checked, control registers set.  Spec: [x86/sdm "CPUID"]

#include "cpu_features.h"

#include <arch/context.h>

#include <nucleus/log.h>
#include <nucleus/panic.h>

#include "instructions.h"
#include "page_format.h"
#include "parts.h"

#include <array>
#include <string_view>

constinit bool arch::has_base_instructions = false;

/// Absolute; its address is the number. The linker script gives 0 where the final link gives nothing.
extern "C" char image_cpu_requirements[];

namespace arch::x86_64 {
namespace {

CpuFeatures features;

struct Leaves {
  CpuidResult basic{};       // 1
  CpuidResult structured{};  // 7
  CpuidResult extended{};    // 0x80000001
  std::uint32_t power = 0;   // 0x80000007 edx
};

enum class Word : std::uint8_t { basic_ecx, basic_edx, structured_ebx, extended_ecx, extended_edx };

struct Feature {
  std::string_view name;
  Word word;
  std::uint8_t bit;
};

// What the nucleus itself, or any C compiler's x86_64 code, uses.
constexpr Feature always_needed[] = {
    {"fpu", Word::basic_edx, 0},   {"tsc", Word::basic_edx, 4},   {"msr", Word::basic_edx, 5},
    {"cx8", Word::basic_edx, 8},   {"apic", Word::basic_edx, 9},  {"pge", Word::basic_edx, 13},
    {"cmov", Word::basic_edx, 15}, {"pat", Word::basic_edx, 16},  {"fxsr", Word::basic_edx, 24},
    {"sse", Word::basic_edx, 25},  {"sse2", Word::basic_edx, 26}, {"nx", Word::extended_edx, 20},
};

// In the order of Requirement's bits.
constexpr Feature on_request[] = {
    {"sse3", Word::basic_ecx, 0},      {"ssse3", Word::basic_ecx, 9},
    {"sse4.1", Word::basic_ecx, 19},   {"sse4.2", Word::basic_ecx, 20},
    {"popcnt", Word::basic_ecx, 23},   {"avx", Word::basic_ecx, 28},
    {"avx2", Word::structured_ebx, 5}, {"bmi1", Word::structured_ebx, 3},
    {"bmi2", Word::structured_ebx, 8}, {"fma", Word::basic_ecx, 12},
    {"lzcnt", Word::extended_ecx, 5},  {"movbe", Word::basic_ecx, 22},
    {"f16c", Word::basic_ecx, 29},     {"avx512f", Word::structured_ebx, 16},
};

Leaves read_leaves() {
  Leaves leaves;
  const std::uint32_t last_basic = cpuid(0).eax;
  leaves.basic = cpuid(1);
  if (last_basic >= 7) leaves.structured = cpuid(7);
  const std::uint32_t last_extended = cpuid(0x8000'0000).eax;
  leaves.extended = cpuid(0x8000'0001);
  if (last_extended >= 0x8000'0007) leaves.power = cpuid(0x8000'0007).edx;
  return leaves;
}

bool has(const Leaves& leaves, const Feature& feature) {
  const std::uint32_t words[] = {leaves.basic.ecx, leaves.basic.edx, leaves.structured.ebx,
                                 leaves.extended.ecx, leaves.extended.edx};
  return (words[static_cast<unsigned>(feature.word)] >> feature.bit & 1) != 0;
}

/// QEMU's emulator names itself. Its TSC follows the host's, which is what its other clocks follow too.
bool emulated_by_qemu(const Leaves& leaves) {
  constexpr std::uint32_t hypervisor = 1u << 31;
  if ((leaves.basic.ecx & hypervisor) == 0) return false;
  const CpuidResult signature = cpuid(0x4000'0000);
  constexpr std::uint32_t tcg_ = 0x5447'4354;  // "TCGT", "CGTC", "GTCG"
  return signature.ebx == tcg_;
}

[[noreturn]] void refuse(std::string_view name) {
  static std::array<char, 96> text;
  const auto message = nucleus::format(std::span{text}.first(text.size() - 1),
                                       "this CPU has no {}, which the image needs (QEMU: -cpu max)", name);
  text[message.size()] = '\0';
  nucleus::panic(text.data());
}

}  // namespace

const CpuFeatures& cpu_features() {
  return features;
}

void check_cpu_features() {
  const Leaves leaves = read_leaves();
  for (const Feature& feature : always_needed) {
    if (!has(leaves, feature)) refuse(feature.name);
  }
  const auto wanted = reinterpret_cast<std::uintptr_t>(image_cpu_requirements);
  for (unsigned i = 0; i < std::size(on_request); ++i) {
    if ((wanted >> i & 1) != 0 && !has(leaves, on_request[i])) refuse(on_request[i].name);
  }

  constexpr std::uint32_t invariant_tsc = 1u << 8;
  features.xsave = has(leaves, {"xsave", Word::basic_ecx, 26});
  features.x2apic = has(leaves, {"x2apic", Word::basic_ecx, 21});
  features.tsc_deadline = has(leaves, {"tsc-deadline", Word::basic_ecx, 24});
  features.rdrand = has(leaves, {"rdrand", Word::basic_ecx, 30});
  features.fsgsbase = has(leaves, {"fsgsbase", Word::structured_ebx, 0});
  arch::has_base_instructions = features.fsgsbase;
  features.rdseed = has(leaves, {"rdseed", Word::structured_ebx, 18});
  features.reliable_tsc = (leaves.power & invariant_tsc) != 0 || emulated_by_qemu(leaves);
  features.hardware_capabilities = leaves.basic.edx;
}

void enable_cpu_features() {
  std::uint64_t control = read_cr4() | cr4::page_global | cr4::fxsr | cr4::simd_exceptions;
  if (features.xsave) control |= cr4::xsave;
  if (features.fsgsbase) control |= cr4::fsgsbase;
  write_cr4(control);
  write_msr(msr::pat, page_attribute_table);
}

}  // namespace arch::x86_64
