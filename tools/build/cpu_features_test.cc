// SPDX-License-Identifier: ISC
#include "build/cpu_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CpuFeatures, KnowsTheBaseline) {
  EXPECT_EQ(x86_extension("mov", "%rax,%rbx"), "");
  EXPECT_EQ(x86_extension("andnps", "%xmm0,%xmm1"), "");
  EXPECT_EQ(x86_extension("bsf", "%rax,%rbx"), "");
  EXPECT_EQ(x86_extension("verw", "%ax"), "");
  EXPECT_EQ(x86_extension("vmcall", ""), "");
}

TEST(CpuFeatures, NamesExtensions) {
  EXPECT_EQ(x86_extension("tzcnt", "%rax,%rbx"), "bmi1");
  EXPECT_EQ(x86_extension("tzcntq", "(%rax),%rbx"), "bmi1");
  EXPECT_EQ(x86_extension("shlx", "%rax,%rbx,%rcx"), "bmi2");
  EXPECT_EQ(x86_extension("popcntl", "%eax,%ebx"), "popcnt");
  EXPECT_EQ(x86_extension("vaddsd", "%xmm0,%xmm1,%xmm2"), "avx");
  EXPECT_EQ(x86_extension("vmovaps", "%ymm0,(%rax)"), "avx");
  EXPECT_EQ(x86_extension("vpaddd", "%ymm0,%ymm1,%ymm2"), "avx2");
  EXPECT_EQ(x86_extension("vpaddd", "%xmm0,%xmm1,%xmm2"), "avx");
  EXPECT_EQ(x86_extension("vfmadd213sd", "%xmm0,%xmm1,%xmm2"), "fma");
  EXPECT_EQ(x86_extension("vpaddd", "%zmm0,%zmm1,%zmm2"), "avx512f");
}

constexpr std::string_view heading = "f.o:     file format elf64-x86-64\n\nDisassembly of section .text:\n\n";

TEST(CpuFeatures, ReadsADisassembly) {
  const auto found = x86_features(std::string(heading) +
                                  "<vmain>:\n\tpush   %rbp\n\tandn  %rdi,%rax,%rbx\n\tvzeroupper\n\tret\n");
  EXPECT_THAT(found.extensions, ElementsAre("avx", "bmi1"));
  EXPECT_FALSE(found.asks);
  EXPECT_THAT(x86_features("").extensions, IsEmpty());
}

TEST(CpuFeatures, SeesCodeThatAsksTheProcessor) {
  EXPECT_TRUE(x86_features(std::string(heading) + "<f>:\n\tcpuid\n").asks);
  EXPECT_TRUE(x86_features(std::string(heading) +
                           "<f>:\n\tmov    0x0(%rip),%eax\n\t\t\tR_X86_64_PC32 __cpu_model+0x8\n")
                  .asks);
}

// What gcc writes as `rep bsf` looks like tzcnt; in OCaml code it is one.
TEST(CpuFeatures, KnowsWhoseTzcntItIs) {
  const std::string c = std::string(heading) + "<caml_f>:\n\ttzcnt  %rdi,%rax\n";
  const std::string ocaml = std::string(heading) + "<camlMain.f_1>:\n\ttzcnt  %rdi,%rax\n";
  EXPECT_THAT(x86_features(c).extensions, IsEmpty());
  EXPECT_THAT(x86_features(ocaml).extensions, ElementsAre("bmi1"));
  EXPECT_THAT(x86_features(ocaml + c).extensions, ElementsAre("bmi1"));
}

}  // namespace
}  // namespace bactrian
