// SPDX-License-Identifier: ISC
#include "bench/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace bactrian {
namespace {

/// Four digits that count, and whole numbers whole.
std::string number(double value) {
  char text[40];
  if (std::abs(value) >= 1000 || value == std::floor(value)) {
    std::snprintf(text, sizeof text, "%.0f", value);
  } else {
    std::snprintf(text, sizeof text, "%.*f",
                  std::abs(value) >= 100 ? 1
                  : std::abs(value) >= 1 ? 2
                                         : 4,
                  value);
  }
  return text;
}

std::string ratio_text(const Figure& figure) {
  const std::optional<double> ratio = figure.ratio();
  if (!ratio) return "";
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", *ratio);
  return text;
}

using Row = std::vector<std::string>;

std::string render(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size(), 3);
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  auto line = [&](const Row& row) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string space(widths[i] - row[i].size(), ' ');
      // Numbers stand to the right.
      bool right = i > 0 && i + 1 < row.size();
      text += "| " + (right ? space + row[i] : row[i] + space) + " ";
    }
    return text + "|\n";
  };
  std::string text = line(rows[0]);
  for (size_t i = 0; i < widths.size(); ++i) {
    bool right = i > 0 && i + 1 < widths.size();
    text += "|" + std::string(widths[i] + 1, '-') + (right ? ":" : "-");
  }
  text += "|\n";
  for (size_t i = 1; i < rows.size(); ++i) text += line(rows[i]);
  return text;
}

}  // namespace

std::optional<double> Figure::ratio() const {
  if (!linux_peer || *linux_peer == 0) return std::nullopt;
  return bare / *linux_peer;
}

void Figures::set(Figure figure) {
  for (Figure& known : figures) {
    if (known.name != figure.name) continue;
    known = std::move(figure);
    return;
  }
  figures.push_back(std::move(figure));
}

const Figure* Figures::find(std::string_view name) const {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == name; });
  return found == figures.end() ? nullptr : &*found;
}

std::string Figures::version(std::string_view what) const {
  for (const auto& [name, text] : versions) {
    if (name == what) return text;
  }
  return "";
}

bool comparable(const Figures& a, const Figures& b) {
  for (const char* what : {"architecture", "emulator", "sources"}) {
    if (a.version(what) != b.version(what)) return false;
  }
  // Two states of changed sources have the same name.
  return !a.version("sources").ends_with("-dirty");
}

std::string figures_table(const Figures& figures) {
  std::string text;
  for (const auto& [what, version] : figures.versions) text += "- " + what + ": " + version + "\n";
  if (!text.empty()) text += "\n";
  std::vector<Row> rows = {{"figure", "bare", "Linux", "ratio", "unit", "what"}};
  for (const Figure& figure : figures.figures) {
    rows.push_back({figure.name, number(figure.bare), figure.linux_peer ? number(*figure.linux_peer) : "",
                    ratio_text(figure), figure.unit, figure.note});
  }
  text += render(rows);
  if (!figures.failures.empty()) text += "\nNot measured:\n";
  for (const std::string& failure : figures.failures) text += "- " + failure + "\n";
  return text;
}

std::string figures_json(const Figures& figures) {
  nlohmann::ordered_json json;
  for (const auto& [what, version] : figures.versions) json["versions"][what] = version;
  json["figures"] = nlohmann::json::array();
  for (const Figure& figure : figures.figures) {
    nlohmann::ordered_json entry = {{"name", figure.name}, {"unit", figure.unit}, {"bare", figure.bare}};
    if (figure.linux_peer) entry["linux"] = *figure.linux_peer;
    if (auto ratio = figure.ratio()) entry["ratio"] = *ratio;
    if (figure.rounds != 0) entry["rounds"] = figure.rounds;
    entry["what"] = figure.note;
    json["figures"].push_back(entry);
  }
  json["failures"] = figures.failures;
  return json.dump(2) + "\n";
}

Result<Figures> parse_figures(std::string_view text) {
  const Error other{.message = "this is not what `bactrian bench --json` prints"};
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  Figures figures;
  // Absent members and those of another type throw; where, does not matter.
  try {
    if (json.contains("versions")) {
      for (const auto& [what, version] : json.at("versions").items())
        figures.versions.emplace_back(what, version.get<std::string>());
    }
    for (const auto& entry : json.at("figures")) {
      Figure figure{.name = entry.at("name"),
                    .unit = entry.at("unit"),
                    .bare = entry.at("bare"),
                    .note = entry.at("what"),
                    .rounds = entry.value("rounds", 0u)};
      if (entry.contains("linux")) figure.linux_peer = entry.at("linux").get<double>();
      figures.figures.push_back(std::move(figure));
    }
    for (const auto& failure : json.at("failures")) figures.failures.push_back(failure);
  } catch (const nlohmann::json::exception&) {
    return other;
  }
  return figures;
}

}  // namespace bactrian
