// SPDX-License-Identifier: ISC
#include <sys/sysinfo.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/options.h"
#include "run/qemu.h"
#include "support/cache.h"
#include "support/packages.h"
#include "support/process.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr uint64_t enough_space = 3ULL << 30;   ///< for the tool chain of all architectures
constexpr uint64_t enough_memory = 2ULL << 30;  ///< the OCaml compiler's own build is the largest

enum class Health { good, note, bad };

/// One thing that was looked at.
struct Finding {
  std::string subject;
  Health health = Health::good;
  std::string text;
  std::string remedy = {};
};

Finding system_release() {
  std::string name = "unknown";
  if (const auto text = read_file("/etc/os-release"); text.ok())
    for (const auto& line : split(text.value(), '\n'))
      if (line.starts_with("PRETTY_NAME=")) name = line.substr(13, line.size() - 14);
  if (!find_program("dpkg-query").empty()) return {"system", Health::good, name};
  return {"system", Health::bad, name + " is no Debian system",
          "use Debian 12 or newer, for instance in a container"};
}

Finding processor_and_memory() {
  struct sysinfo info {};
  sysinfo(&info);
  const uint64_t memory = uint64_t{info.totalram} * info.mem_unit;
  const std::string text = std::to_string(std::thread::hardware_concurrency()) + " processors, " +
                           format_size(memory) + " of memory";
  if (memory >= enough_memory) return {"machine", Health::good, text};
  return {"machine", Health::note, text, "builds of the tool chain want 2 GiB"};
}

Finding packages(const std::string& subject, const std::vector<std::string>& sets, Health if_missing) {
  const auto missing = missing_packages(sets);
  if (!missing.ok()) return {subject, Health::bad, missing.error().message, missing.error().remedy};
  if (missing.value().empty()) return {subject, Health::good, "Debian packages installed"};
  const std::string names = join(missing.value(), " ");
  return {subject, if_missing, "missing Debian packages: " + names,
          "installed at the first use that needs them, or now: apt-get install --no-install-recommends -y " +
              names};
}

Finding emulator(Arch arch) {
  const std::string subject = "qemu " + std::string(arch_name(arch));
  const std::string program = qemu_program(arch);
  if (find_program(program).empty()) return {subject, Health::note, program + " is not installed yet"};
  const std::string version = first_line_of({program, "--version"});
  if (version.empty()) return {subject, Health::bad, program + " does not run", "install it again"};
  return {subject, Health::good, version};
}

Finding cache_folder() {
  const fs::path root = cache_root();
  const auto cache = Cache::open();
  if (!cache.ok())
    return {"cache", Health::bad, root.string() + ": " + cache.error().message, cache.error().remedy};
  const uint64_t space = free_space(root);
  const std::string text = root.string() + ", " + format_size(space) + " free on its disk";
  if (space >= enough_space) return {"cache", Health::good, text};
  return {"cache", Health::note, text,
          "the tool chain takes up to " + format_size(enough_space) +
              ": free some space, or set BACTRIAN_CACHE to a folder on a larger disk"};
}

std::vector<Finding> examine_machine() {
  std::vector<Finding> findings = {system_release(), processor_and_memory(), cache_folder(),
                                   packages("the tool", {"tool"}, Health::bad)};
  for (const Arch arch : all_archs) {
    const std::string name(arch_name(arch));
    findings.push_back(packages(name, {"build-" + name, "run-" + name}, Health::note));
    findings.push_back(emulator(arch));
  }
  findings.push_back(packages("tests", {"test"}, Health::note));
  findings.push_back(packages("debugger", {"gdb"}, Health::note));
  return findings;
}

Result<std::vector<Finding>> examine_compiler(const fs::path& path) {
  const auto report = TRY(inspect_compiler(path));
  std::vector<Finding> findings;
  for (const auto& fact : report.facts) findings.push_back({"compiler", Health::good, fact});
  for (const auto& problem : report.problems) findings.push_back({"compiler", Health::bad, problem});
  findings.push_back({"compiler", report.fits ? Health::good : Health::bad,
                      path.string() + (report.fits ? " fits" : " does not fit")});
  return findings;
}

const char* health_name(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::note:
      return "note";
    case Health::bad:
      return "bad";
  }
  return "?";
}

void print_findings(const std::vector<Finding>& findings) {
  const Paint paint(stdout);
  for (const auto& finding : findings) {
    const std::string word = finding.health == Health::good   ? paint.green("good")
                             : finding.health == Health::note ? paint.yellow("note")
                                                              : paint.red("bad ");
    std::printf("%s  %-13s %s\n", word.c_str(), finding.subject.c_str(), finding.text.c_str());
    if (!finding.remedy.empty()) std::printf("                    to fix: %s\n", finding.remedy.c_str());
  }
}

void print_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings)
    list.push_back({{"subject", finding.subject},
                    {"health", health_name(finding.health)},
                    {"text", finding.text},
                    {"remedy", finding.remedy}});
  std::printf("%s\n", list.dump(2).c_str());
}

}  // namespace

int command_doctor(const DoctorOptions& options) {
  auto findings = options.compiler ? examine_compiler(*options.compiler) : examine_machine();
  if (!findings.ok()) {
    print_error(findings.error());
    return findings.error().status;
  }
  if (options.json)
    print_json(findings.value());
  else
    print_findings(findings.value());
  bool healthy = true;
  for (const auto& finding : findings.value()) healthy = healthy && finding.health != Health::bad;
  return static_cast<int>(healthy ? ExitStatus::ok : ExitStatus::failed);
}

}  // namespace bactrian
