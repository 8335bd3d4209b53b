// SPDX-License-Identifier: ISC
#include "test/group.h"

#include <cstdio>

namespace bactrian {
namespace {

// No program of ours prints these bytes.
constexpr std::string_view begin_mark = "\x01<begin ";
constexpr std::string_view end_mark = "\x01<end ";
constexpr std::string_view raised_mark = "\x01<raised ";

constexpr std::string_view prologue = R"(
let bactrian_case name body =
  Printf.printf "\001<begin %s\n%!" name;
  (match body () with
  | () -> ()
  | exception e -> Printf.printf "\001<raised %S\n" (Printexc.to_string e));
  flush_all ();
  Format.print_flush ();
  Printf.printf "\001<end %s\n%!" name
)";

std::string functor_name(size_t index) {
  return "Bactrian_case_" + std::to_string(index);
}

}  // namespace

Result<std::string> group_source(const std::vector<GroupMember>& members) {
  std::string text(prologue);
  for (size_t i = 0; i < members.size(); ++i) {
    std::string source = TRY(read_file(members[i].source));
    text += "\nmodule " + functor_name(i) + " () = struct\n# 1 \"" + members[i].source.string() + "\"\n";
    text += source + "\nend\n";
  }
  // Applied after all are defined, so that no member sees another's names.
  for (size_t i = 0; i < members.size(); ++i) {
    text += "let () = bactrian_case \"" + members[i].name +
            "\" (fun () -> let module _ = " + functor_name(i) + " () in ())\n";
  }
  return text;
}

std::vector<MemberOutput> split_group_output(const std::vector<GroupMember>& members, std::string_view out) {
  std::vector<MemberOutput> outputs(members.size());
  size_t at = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    MemberOutput& member = outputs[i];
    std::string begin = std::string(begin_mark) + members[i].name + "\n";
    std::string end = std::string(end_mark) + members[i].name + "\n";
    size_t start = out.find(begin, at);
    if (start == std::string_view::npos) break;
    start += begin.size();
    member.begun = true;
    size_t stop = out.find(end, start);
    member.ended = stop != std::string_view::npos;
    std::string_view text = out.substr(start, member.ended ? stop - start : std::string_view::npos);
    if (size_t raised = text.find(raised_mark); raised != std::string_view::npos) {
      std::string_view what = text.substr(raised + raised_mark.size());
      member.exception = what.substr(0, what.find('\n'));
      text = text.substr(0, raised);
    }
    member.out = text;
    if (!member.ended) break;
    at = stop + end.size();
  }
  return outputs;
}

}  // namespace bactrian
