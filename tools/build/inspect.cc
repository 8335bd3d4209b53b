// SPDX-License-Identifier: ISC
//
// `doctor --compiler`: does a compiler fit, and do its programs run?

#include "build/build.h"
#include "build/compiler.h"
#include "support/cache.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// A smoke test that takes longer than this hangs.
constexpr std::chrono::seconds smoke_limit{120};

/// Runs the hosted smoke test. What it said is kept beside the image's name: one run for each compiler.
Result<std::string> smoke_result(const Cache& cache, const BuiltImage& image) {
  const std::string key = image.elf.parent_path().filename();
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const Progress progress("running the smoke test");
    const auto finished = TRY(run({.argv = {image.elf.string()},
                                   .env = {{"OCAMLRUNPARAM", "l=1M"}},  // overflow a small stack, soon
                                   .out = Stream::pipe,
                                   .err_to_out = true},
                                  smoke_limit));
    std::string text = "ok";
    if (finished.timed_out)
      text = "the smoke test did not end";
    else if (finished.status != 0)
      text = "the smoke test ended with status " + std::to_string(finished.status) + ": " +
             std::string(trim(finished.out));
    return write_file(folder / "result", text);
  };
  return read_file(TRY(cache.provide("smoke", "result", key, make)) / "result");
}

Result<void> smoke(const Cache& cache, const Compiler& compiler, CompilerReport& report) {
  const auto image = build_program({.program = project_root() / "tools" / "build" / "smoke.ml",
                                    .target = Target::hosted,
                                    .compiler = compiler.ocamlopt});
  if (!image.ok()) {
    if (image.error().status == static_cast<int>(ExitStatus::interrupted)) return image.error();
    report.problems.push_back(
        "its programs do not link: " + image.error().message +
        (image.error().remedy.empty() ? "" : " (to fix: " + image.error().remedy + ")"));
    return {};
  }
  const auto& features = image.value().cpu_features;
  report.facts.push_back("processor: " +
                         (features.empty() ? std::string("any x86_64") : join(features, ", ")));
  const std::string result = TRY(smoke_result(cache, image.value()));
  if (result == "ok")
    report.facts.push_back("smoke test: passed (effects, GC, domains, threads, Unix; hosted)");
  else
    report.problems.push_back(result);
  return {};
}

}  // namespace

Result<CompilerReport> inspect_compiler(const fs::path& named) {
  const Cache cache = TRY(Cache::open());
  const Compiler compiler = TRY(load_compiler(TRY(locate_ocamlopt(named))));
  CompilerReport report = judge(compiler.config, Arch::x86_64);
  report.facts.insert(report.facts.begin(), "compiler: " + compiler.ocamlopt.string());
  const fs::path ocamlfind = compiler.tool("ocamlfind"), dune = compiler.tool("dune");
  report.facts.push_back("ocamlfind: " + (ocamlfind.empty() ? "none, so no --package" : ocamlfind.string()));
  report.facts.push_back("dune: " + (dune.empty() ? "none, the private one is used" : dune.string()));
  if (report.fits) TRY(smoke(cache, compiler, report));
  report.fits = report.problems.empty();
  return report;
}

}  // namespace bactrian
