// SPDX-License-Identifier: ISC
#include "test/case.h"

#include <algorithm>
#include <charconv>

#include "support/root.h"
#include "support/text.h"

namespace bactrian {
namespace {

struct Setting {
  std::string key, value;
};

Error malformed(const std::string& what) {
  return Error{.message = "malformed `run:` line: " + what};
}

Result<unsigned> number(const Setting& setting) {
  unsigned value = 0;
  const char* end = setting.value.data() + setting.value.size();
  auto [stop, code] = std::from_chars(setting.value.data(), end, value);
  if (code != std::errc() || stop != end) return malformed(setting.key + " is no number");
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The character that the escape at `text[at]` (after the backslash) stands for; `at` moves past it.
Result<char> escape(std::string_view text, size_t& at) {
  if (at >= text.size()) return malformed("a backslash at the end");
  char c = text[at++];
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '\\':
    case '\'':
      return c;
    case 'x':
      if (at + 2 <= text.size() && hex_digit(text[at]) >= 0 && hex_digit(text[at + 1]) >= 0) {
        at += 2;
        return static_cast<char>(hex_digit(text[at - 2]) * 16 + hex_digit(text[at - 1]));
      }
      [[fallthrough]];
    default:
      return malformed(std::string("unknown escape \\") + c);
  }
}

/// KEY or KEY=VALUE words, VALUE possibly quoted.
Result<std::vector<Setting>> parse_settings(std::string_view line) {
  std::vector<Setting> settings;
  size_t at = 0;
  while (true) {
    while (at < line.size() && line[at] == ' ') ++at;
    if (at == line.size()) return settings;
    Setting setting;
    while (at < line.size() && line[at] != ' ' && line[at] != '=') setting.key += line[at++];
    if (at < line.size() && line[at] == '=') {
      ++at;
      if (at < line.size() && line[at] == '\'') {
        for (++at; at < line.size() && line[at] != '\'';) {
          if (line[at] != '\\') {
            setting.value += line[at++];
          } else {
            setting.value += TRY(escape(line, ++at));
          }
        }
        if (at++ >= line.size()) return malformed("a quote that does not end");
      } else {
        while (at < line.size() && line[at] != ' ') setting.value += line[at++];
      }
    }
    settings.push_back(std::move(setting));
  }
}

Result<void> apply(CaseRun& run, const Setting& setting) {
  const auto& [key, value] = setting;
  if (key == "args") {
    run.args = split(value, '|');
  } else if (key == "env") {
    run.env = split(value, '|');
  } else if (key == "file") {
    run.files = split(value, '|');
  } else if (key == "cpus") {
    run.cpus = TRY(number(setting));
  } else if (key == "memory") {
    run.memory = value;
  } else if (key == "timeout") {
    run.timeout_s = TRY(number(setting));
  } else if (key == "full") {
    run.full = true;
  } else if (key == "stdin") {
    if (value == "closed") {
      run.stdin_kind = StdinKind::closed;
    } else if (value.starts_with("pattern:")) {
      run.stdin_kind = StdinKind::pattern;
      run.stdin_bytes = TRY(number({key, value.substr(8)}));
    } else {
      run.stdin_text = value;
    }
  } else if (key == "status") {
    run.statuses.clear();
    for (const std::string& one : split(value, ',')) {
      run.statuses.insert(static_cast<int>(TRY(number({key, one}))));
    }
  } else if (key == "expected") {
    run.expected = value;
  } else if (key == "stdout" && value == "any") {
    run.rule = StdoutRule::any;
  } else if (key == "stdout" && value == "differs") {
    run.rule = StdoutRule::differs;
  } else if (key == "stdout" && value.starts_with("sha256:")) {
    run.rule = StdoutRule::digest;
    run.expected = value.substr(7);
  } else if (key == "stderr") {
    run.stderr_file = value;
  } else if (key == "stderr-has") {
    run.stderr_has = value;
  } else {
    return malformed("unknown setting " + key + (value.empty() ? "" : "=" + value));
  }
  return {};
}

}  // namespace

std::string_view first_comment(std::string_view source) {
  size_t start = source.find_first_not_of(" \n");
  if (start == std::string_view::npos || source.substr(start, 2) != "(*") return {};
  size_t end = source.find("*)", start);
  return end == std::string_view::npos ? std::string_view{} : source.substr(start + 2, end - start - 2);
}

Result<SystemCase> parse_case(std::string name, fs::path program, std::string_view header) {
  SystemCase result{.name = std::move(name), .program = std::move(program), .runs = {}};
  auto in_place = [&](Error error) {
    error.where = result.program.string();
    return error;
  };
  for (const std::string& raw : split(header, '\n')) {
    std::string_view line = trim(raw);
    if (line.starts_with("only:")) {
      for (const std::string& arch : split(trim(line.substr(5)), ' ')) result.only.insert(arch);
    } else if (line.starts_with("program:")) {
      result.program = project_root() / trim(line.substr(8));
    } else if (line.starts_with("run:")) {
      CaseRun run;
      run.expected = result.name + ".expected";
      auto settings = parse_settings(trim(line.substr(4)));
      if (!settings) return in_place(settings.error());
      for (const Setting& setting : settings.value()) {
        if (auto applied = apply(run, setting); !applied) return in_place(applied.error());
      }
      result.runs.push_back(std::move(run));
    }
  }
  if (result.runs.empty()) {
    result.shares_image = true;
    result.runs.emplace_back().expected = result.name + ".expected";
  }
  return result;
}

Result<std::vector<SystemCase>> load_cases(const fs::path& folder) {
  std::vector<SystemCase> cases;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    const fs::path& path = entry.path();
    if (entry.is_directory() && fs::exists(path / "case")) {
      std::string header = TRY(read_file(path / "case"));
      cases.push_back(TRY(parse_case(path.filename().string(), path, header)));
    } else if (path.extension() == ".ml") {
      std::string source = TRY(read_file(path));
      cases.push_back(TRY(parse_case(path.stem().string(), path, first_comment(source))));
    }
  }
  if (code) return system_error("cannot read the folder", code.value(), folder.string());
  std::sort(cases.begin(), cases.end(),
            [](const SystemCase& a, const SystemCase& b) { return a.name < b.name; });
  return cases;
}

std::string pattern_bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 31 + (i >> 8) * 17 + (i >> 16));
  return bytes;
}

}  // namespace bactrian
