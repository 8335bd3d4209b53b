// SPDX-License-Identifier: ISC

#include "aml_links.h"

#include <algorithm>

namespace nucleus::description {
namespace {

bool contains(const aml::InterruptChoice& choice, std::uint32_t line) {
  return std::ranges::find(choice.all(), line) != choice.all().end();
}

/// A line that stands for "none" in a list of one.
bool is_routed(const aml::InterruptChoice& choice) {
  return choice.count == 1 && choice.lines[0] != 0;
}

}  // namespace

nucleus_line AmlLinks::line_of(const char* path, std::string_view name) {
  Link link;
  // A name alone is one in the scope of the table.
  const bool absolute = name.starts_with('\\');
  const std::span room = std::span{link.path}.first(link.path.size() - 1);
  if (name.size() >= room.size()) return {NUCLEUS_NO_LINE, 0};
  const std::string_view written = absolute ? format(room, "{}", name) : format(room, "{}.{}", path, name);
  for (unsigned i = 0; i < count_; ++i) {
    if (written == links_[i].path.data()) return links_[i].line;
  }
  if (count_ == most) {
    out_.problem("AML: more than {} link devices", most);
    return {NUCLEUS_NO_LINE, 0};
  }
  link.line = route(link.path.data());
  links_[count_++] = link;
  return link.line;
}

nucleus_line AmlLinks::route(const char* link) {
  const auto possible = ask(link, "_PRS");
  auto current = ask(link, "_CRS");
  const bool fits = current && is_routed(*current) && (!possible || contains(*possible, current->lines[0]));
  if (fits) return line_of_number(*current, current->lines[0]);
  if (!possible || possible->count == 0) {
    out_.problem("AML: {} leads to no interrupt", link);
    return {NUCLEUS_NO_LINE, 0};
  }
  const std::uint32_t number = least_used(*possible);
  const aml::ChosenInterrupt chosen = aml::choose(*possible, number);
  const std::uint32_t status = source_.call(link, "_SRS", std::span{chosen.bytes}.first(chosen.size));
  if (status != 0) {
    out_.problem("AML: {}._SRS: {}", link, source_.name_of_status(status));
    return {NUCLEUS_NO_LINE, 0};
  }
  // What it took counts, where it tells.
  current = ask(link, "_CRS");
  if (current && is_routed(*current)) return line_of_number(*current, current->lines[0]);
  return line_of_number(*possible, number);
}

std::optional<aml::InterruptChoice> AmlLinks::ask(const char* link, const char* name) {
  const auto answer = source_.evaluate(link, name, rooms_.resources);
  if (answer.status != 0) {
    aml_problem(source_, link, name, answer.status, out_);
    return {};
  }
  if (!answer.value || !answer.value->is(aml::Kind::buffer)) return {};
  return aml::find_interrupts(answer.value->bytes);
}

std::uint32_t AmlLinks::least_used(const aml::InterruptChoice& choice) const {
  return *std::ranges::min_element(
      choice.all(), {}, [&](std::uint32_t number) { return uses_of(line_of_number(choice, number).number); });
}

unsigned AmlLinks::uses_of(std::uint32_t number) const {
  return static_cast<unsigned>(std::count_if(links_.begin(), links_.begin() + count_,
                                             [&](const Link& link) { return link.line.number == number; }));
}

nucleus_line line_of_number(const nucleus_machine& machine, const aml::InterruptChoice& choice,
                            std::uint32_t number) {
  for (std::uint32_t i = 0; choice.isa && i < machine.isa_line_count; ++i) {
    if (machine.isa_lines[i].isa_line == number) return {machine.isa_lines[i].line.number, choice.flags};
  }
  return {number, choice.flags};
}

}  // namespace nucleus::description
