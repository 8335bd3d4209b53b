// SPDX-License-Identifier: ISC
#include "test/ocamltest.h"

#include <gtest/gtest.h>

#include "test/ocamltest_environment.h"

namespace bactrian {
namespace {

using Words = std::vector<std::string>;

Ocamltest read(std::string_view text, Arch arch = Arch::x86_64) {
  auto test = read_ocamltest(text, {.source = "/src/t.ml", .build_folder = "/build", .arch = arch});
  EXPECT_TRUE(test.ok());
  return test.ok() && test.value() ? *test.value() : Ocamltest{.not_run = "is no test"};
}

TEST(Ocamltest, PlainHeader) {
  Ocamltest test = read("(* TEST *)\nlet x = 1\n");
  ASSERT_EQ(test.programs.size(), 1u);
  const OcamltestProgram& program = test.programs[0];
  EXPECT_EQ(program.folder, "/build/ocamlopt.byte");
  EXPECT_EQ(program.file, "/build/ocamlopt.byte/t.opt");
  EXPECT_TRUE(program.checked);
  EXPECT_EQ(program.reference, "/src/t.reference");
  ASSERT_EQ(program.steps.size(), 2u);
  EXPECT_EQ(program.steps[1].sources, (Words{"t.ml"}));
}

TEST(Ocamltest, Settings) {
  Ocamltest test = read(
      "(* TEST\n flags += \" -w a \"; modules = \"prim.c other.ml\"; include unix; hasunix;\n"
      " arguments = \"a 'b c'\"; exit_status = \"2\"; set HOME = \"/x\"; readonly_files = \"data\";\n"
      " { ocamlopt_flags = \"-wrong\"; bytecode; }{ ocamlrunparam += \",d=1\"; native; }\n*)");
  ASSERT_EQ(test.programs.size(), 1u);
  const OcamltestProgram& program = test.programs[0];
  EXPECT_EQ(program.steps[0].files, (Words{"prim.c", "other.ml", "t.ml", "data"}));
  EXPECT_EQ(program.steps[1].flags, (Words{"-I", "+unix", "-w", "a"}));
  EXPECT_EQ(program.steps[1].libraries, (Words{"unix"}));
  EXPECT_EQ(program.steps[1].sources, (Words{"prim.c", "other.ml", "t.ml"}));
  EXPECT_EQ(program.arguments, (Words{"a", "b c"}));
  EXPECT_EQ(program.status, 2);
  ASSERT_EQ(program.environment.size(), 2u);
  EXPECT_EQ(program.environment[0], (std::pair<std::string, std::string>("HOME", "/x")));
  EXPECT_EQ(program.environment[1], (std::pair<std::string, std::string>("OCAMLRUNPARAM", "v=0,d=1")));
}

TEST(Ocamltest, StepByStep) {
  Ocamltest test = read(
      "(* TEST setup-ocamlopt.byte-build-env; module = \"a.ml\"; ocamlopt.byte; unset module;\n"
      " src = \"a.ml\"; dst = \"b.ml\"; copy; cwd = \"sub\"; cd;\n"
      " program = \"main.exe\"; all_modules = \"a.cmx\"; ocamlopt.byte; run;\n"
      " { reference = \"${test_source_directory}/one\"; check-program-output; } *)");
  ASSERT_EQ(test.programs.size(), 1u);
  const OcamltestProgram& program = test.programs[0];
  ASSERT_EQ(program.steps.size(), 4u);
  EXPECT_EQ(program.steps[1].flags, (Words{"-c"}));
  EXPECT_EQ(program.steps[2].target, "b.ml");
  EXPECT_EQ(program.folder, "/build/ocamlopt.byte/sub");
  EXPECT_EQ(program.file, "main.exe");
  EXPECT_EQ(program.reference, "/src/one");
}

TEST(Ocamltest, EachPathIsAProgram) {
  EXPECT_EQ(read("(* TEST { native; }{ flags = \"-g\"; native; } *)").programs.size(), 2u);
}

TEST(Ocamltest, AlternativesFollowOneAnother) {
  Ocamltest test = read(
      "(* TEST { setup-ocamlc.byte-build-env; ocamlc.byte; }{ setup-ocamlopt.byte-build-env;\n"
      " { cwd = \"sub\"; cd; }{ module = \"a.ml\"; ocamlopt.byte; }{ cwd = \"..\"; cd; }{ ocamlopt.byte; "
      "run; } } *)");
  ASSERT_EQ(test.programs.size(), 1u);
  const OcamltestProgram& program = test.programs[0];
  ASSERT_EQ(program.steps.size(), 3u);
  EXPECT_EQ(program.steps[1].folder, "/build/ocamlopt.byte/sub");
  EXPECT_EQ(program.steps[2].folder, "/build/ocamlopt.byte/");
}

TEST(Ocamltest, WhatDoesNotQualify) {
  EXPECT_EQ(read("(* TEST expect; *)").not_run, "is a test of expect");
  EXPECT_EQ(read("(* TEST script = \"sh x\"; script; native; *)").not_run, "runs a shell script");
  EXPECT_EQ(read("(* TEST bytecode; *)").not_run, "has no native program");
  EXPECT_EQ(read("(* TEST setup-ocamlopt.byte-build-env; ocamlopt.byte; *)").not_run,
            "has no native program");
  EXPECT_EQ(read("(* TEST setup-ocamlc.byte-build-env; ocamlc.byte; run; *)").not_run,
            "has no native program");
  EXPECT_EQ(read("(* TEST windows; native; *)").not_run, "is skipped (windows)");
  EXPECT_EQ(read("(* TEST reason = \"why not\"; skip; { native; } *)").not_run, "why not");
  EXPECT_EQ(read("(* TEST include debugger; native; *)").not_run, "includes debugger");
}

TEST(Ocamltest, TheArchitectureCounts) {
  constexpr std::string_view text = "(* TEST arch_arm64; native; *)";
  EXPECT_EQ(read(text).programs.size(), 0u);
  EXPECT_EQ(read(text, Arch::aarch64).programs.size(), 1u);
}

TEST(Ocamltest, ScriptsThatAskAreAnswered) {
  std::string asked;
  OcamltestPlace place{
      .source = "/src/t.ml", .build_folder = "/build", .answers_yes = [&](const std::string& script) {
        asked = script;
        return true;
      }};
  auto test =
      read_ocamltest("(* TEST script = \"sh ${test_source_directory}/x.sh\"; script; native; *)", place);
  EXPECT_EQ(test.value()->programs.size(), 1u);
  EXPECT_EQ(asked, "sh /src/x.sh");
}

TEST(OcamltestEnvironment, NamesInValues) {
  OcamltestEnvironment environment;
  environment.set("a", "1 ${b} $(b) $b $c ${d} $");
  environment.set("b", "2");
  environment.set("d", "${a}");  // a circle ends
  EXPECT_EQ(environment.get("a"), "1 2 2 2   $");
  environment.append("b", "3");
  EXPECT_EQ(environment.get("b"), "23");
  environment.unset("b");
  EXPECT_EQ(environment.get("b"), "");
  EXPECT_EQ(environment.number("a"), 0);
}

TEST(OcamltestEnvironment, Includes) {
  OcamltestEnvironment environment;
  EXPECT_TRUE(environment.include("systhreads"));
  EXPECT_EQ(environment.words("libraries"), (Words{"unix", "threads"}));
  EXPECT_FALSE(environment.include("latex"));
}

}  // namespace
}  // namespace bactrian
