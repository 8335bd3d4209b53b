// SPDX-License-Identifier: ISC
#include <iostream>

#include "bench/bench.h"
#include "cli/options.h"
#include "support/packages.h"
#include "support/terminal.h"

namespace bactrian {

namespace {

Result<Figures> measure(const BenchOptions& options) {
  TRY(ensure_packages({"run-" + std::string(arch_name(options.arch))}));
  Progress progress("bench");
  return run_bench({.arch = options.arch, .compiler = options.compiler, .filters = options.filters},
                   [&](const std::string& what) { progress.update(what); });
}

}  // namespace

int command_bench(const BenchOptions& options) {
  auto figures = measure(options);
  if (!figures) {
    print_error(figures.error());
    return figures.error().status;
  }
  const std::string json = figures_json(figures.value());
  std::cout << (options.json ? json : figures_table(figures.value())) << std::flush;
  if (options.output) {
    if (auto written = write_file(*options.output, json); !written) {
      print_error(written.error());
      return written.error().status;
    }
  }
  return static_cast<int>(figures.value().failures.empty() ? ExitStatus::ok : ExitStatus::failed);
}

}  // namespace bactrian
