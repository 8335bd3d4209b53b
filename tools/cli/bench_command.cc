// SPDX-License-Identifier: ISC
#include <iostream>

#include "bench/bench.h"
#include "cli/options.h"
#include "support/packages.h"
#include "support/terminal.h"

namespace bactrian {

namespace {

Result<Figures> measure(const BenchOptions& options) {
  BenchPlan plan{.arch = options.arch,
                 .compiler = options.compiler,
                 .filters = options.filters,
                 .rounds = options.rounds};
  if (options.resume) {
    if (!options.output)
      return Error{.message = "--resume goes on with a file, and none is named",
                   .remedy = "add --output FILE"};
    if (fs::exists(*options.output)) {
      auto earlier = parse_figures(TRY(read_file(*options.output)));
      if (!earlier)
        return Error{.message = options.output->string() + ": " + earlier.error().message,
                     .remedy = "name another file, or leave --resume away to write it anew"};
      plan.earlier = earlier.value();
    }
  }
  const std::string arch(arch_name(options.arch));
  TRY(ensure_packages({"build-" + arch, "run-" + arch, "firmware-" + arch, "image"}));
  Progress progress("bench");
  return run_bench(plan, {.progress = [&](const std::string& what) { progress.update(what); },
                          .keep = [&](const Figures& figures) -> Result<void> {
                            if (!options.output) return {};
                            return write_file(*options.output, figures_json(figures));
                          }});
}

}  // namespace

int command_bench(const BenchOptions& options) {
  auto figures = measure(options);
  if (!figures) {
    print_error(figures.error());
    return figures.error().status;
  }
  std::cout << (options.json ? figures_json(figures.value()) : figures_table(figures.value())) << std::flush;
  return static_cast<int>(figures.value().failures.empty() ? ExitStatus::ok : ExitStatus::failed);
}

}  // namespace bactrian
