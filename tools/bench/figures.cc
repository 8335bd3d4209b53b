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

std::string ratio(const Figure& figure) {
  if (!figure.linux_peer || *figure.linux_peer == 0) return "";
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", figure.bare / *figure.linux_peer);
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

std::string figures_table(const Figures& figures) {
  std::string text;
  for (const auto& [what, version] : figures.versions) text += "- " + what + ": " + version + "\n";
  if (!text.empty()) text += "\n";
  std::vector<Row> rows = {{"figure", "bare", "Linux", "ratio", "unit", "what"}};
  for (const Figure& figure : figures.figures) {
    rows.push_back({figure.name, number(figure.bare), figure.linux_peer ? number(*figure.linux_peer) : "",
                    ratio(figure), figure.unit, figure.note});
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
    if (figure.linux_peer && *figure.linux_peer != 0) entry["ratio"] = figure.bare / *figure.linux_peer;
    entry["what"] = figure.note;
    json["figures"].push_back(entry);
  }
  json["failures"] = figures.failures;
  return json.dump(2) + "\n";
}

}  // namespace bactrian
