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

TEST(CpuFeatures, ReadsADisassembly) {
  EXPECT_THAT(
      x86_extensions("f.o:     file format elf64-x86-64\n\nDisassembly of section .text:\n\n<vmain>:\n"
                     "\tpush   %rbp\n\ttzcnt  %rdi,%rax\n\tvzeroupper\n\tret\n"),
      ElementsAre("avx", "bmi1"));
  EXPECT_THAT(x86_extensions(""), IsEmpty());
}

}  // namespace
}  // namespace bactrian
