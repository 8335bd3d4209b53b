// SPDX-License-Identifier: ISC
#include "test/printer.h"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "support/text.h"

namespace bactrian {

namespace {

// Of a failed test's output at the end of a run, where its own line is out of sight.
constexpr size_t repeated_lines = 40;

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::skipped:
      return "skipped";
  }
  return "?";
}

void print_indented(const std::string& text, size_t most_lines = SIZE_MAX) {
  const auto lines = split(trim(text), '\n');
  const size_t left_out = lines.size() > most_lines ? lines.size() - most_lines : 0;
  if (left_out > 0) std::printf("        (%zu lines more, above)\n", left_out);
  for (size_t i = left_out; i < lines.size(); i++) std::printf("        %s\n", lines[i].c_str());
}

}  // namespace

void TestPrinter::text(const TestOutcome& outcome) {
  const std::string word = verdict_name(outcome.verdict);
  const std::string name = outcome.verdict == Verdict::passed    ? paint_.green(word)
                           : outcome.verdict == Verdict::skipped ? paint_.yellow(word)
                                                                 : paint_.red(word);
  std::printf("%s%*s %-52s %8s\n", name.c_str(), static_cast<int>(7 - word.size()), "", outcome.name.c_str(),
              format_duration(outcome.duration).c_str());
  if (outcome.verdict != Verdict::passed || verbose_) print_indented(outcome.detail);
  std::fflush(stdout);
}

void TestPrinter::outcome(const TestOutcome& outcome) {
  if (outcome.verdict == Verdict::passed) passed_++;
  if (outcome.verdict == Verdict::skipped) skipped_++;
  if (outcome.verdict == Verdict::failed) failed_.push_back(outcome);
  count_ocaml(outcome.name, outcome.verdict == Verdict::passed);
  if (form_ == Form::text) return text(outcome);
  const nlohmann::json object = {{"name", outcome.name},
                                 {"verdict", verdict_name(outcome.verdict)},
                                 {"seconds", std::chrono::duration<double>(outcome.duration).count()},
                                 {"detail", outcome.detail}};
  // A test's output may be no UTF-8.
  std::printf("%s\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

void TestPrinter::suite_failed(const std::string& suite, const Error& error) {
  const std::string place = error.where.empty() ? "" : error.where + ": ";
  const std::string remedy = error.remedy.empty() ? "" : "\nto fix: " + error.remedy;
  outcome(
      {.name = suite + "/(the suite)", .verdict = Verdict::failed, .detail = place + error.message + remedy});
}

void TestPrinter::resumed(const std::vector<std::string>& names) {
  if (names.empty()) return;
  passed_ += names.size();
  for (const std::string& name : names) count_ocaml(name, true);
  if (form_ == Form::text)
    std::printf("resumed: %zu tests have passed before, on the same sources\n", names.size());
}

void TestPrinter::count_ocaml(const std::string& name, bool passed) {
  const size_t space = name.rfind(' ');
  if (!scores_ocaml_ || !name.starts_with("ocaml/") || space == std::string::npos) return;
  Score& score = scores_[name.substr(space + 1)];
  score.all++;
  if (passed) score.passed++;
}

int TestPrinter::close() {
  if (form_ == Form::text && !failed_.empty()) {
    std::printf("\n%s\n", paint_.red("failed:").c_str());
    for (const auto& outcome : failed_) {
      std::printf("  %s\n", outcome.name.c_str());
      print_indented(outcome.detail, repeated_lines);
    }
  }
  if (form_ == Form::json) {
    nlohmann::json counts = {{"passed", passed_}, {"failed", failed_.size()}, {"skipped", skipped_}};
    for (const auto& [arch, score] : scores_)
      counts["ocaml"][arch] = {{"passed", score.passed}, {"all", score.all}};
    std::printf("%s\n", counts.dump().c_str());
  } else {
    for (const auto& [arch, score] : scores_)
      std::printf("ocaml %s: %zu/%zu\n", arch.c_str(), score.passed, score.all);
    std::printf("%zu passed, %zu failed, %zu skipped\n", passed_, failed_.size(), skipped_);
  }
  std::fflush(stdout);
  const bool good = failed_.empty() && passed_ > 0;
  return static_cast<int>(good ? ExitStatus::ok : ExitStatus::failed);
}

}  // namespace bactrian
