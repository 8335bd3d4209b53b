// SPDX-License-Identifier: ISC

#include "program_report.h"

#include "call_counters.h"
#include "call_table.h"

#include <link/host_link.h>

#include <nucleus/address_space.h>
#include <nucleus/frames.h>
#include <nucleus/log.h>

namespace nucleus {
namespace {

constinit bool report_wanted = false;

/// Text that grows in a buffer; what does not fit is cut.
class TextBuffer {
 public:
  template <typename... Arguments>
  void add(std::string_view text, const Arguments&... arguments) {
    used_ += format(std::span{buffer_}.subspan(used_), text, arguments...).size();
  }
  std::string_view view() const { return {buffer_, used_}; }

 private:
  char buffer_[2048];
  std::size_t used_ = 0;
};

const char* name_of(long number) {
  const char* name = refused_call_name(number);
  return name ? name : "";
}

}  // namespace

void set_report_wanted(bool wanted) {
  report_wanted = wanted;
}

void send_report() {
  if (!report_wanted) return;
  UnknownCall calls[32];
  const std::size_t count = unknown_calls(calls);
  TextBuffer text;
  // Format strings have no way to write a brace.
  constexpr char open = '{';
  constexpr char close = '}';
  text.add("{}\"unimplemented_calls\":[", open);
  for (std::size_t i = 0; i < count; i++) {
    text.add("{}{}\"number\":{},\"name\":\"{}\",\"count\":{}{}", i == 0 ? "" : ",", open, calls[i].number,
             name_of(calls[i].number), calls[i].count, close);
    log_info("call {} {} is not implemented; made {} times", calls[i].number, name_of(calls[i].number),
             calls[i].count);
  }
  const FrameCounters frames = frame_counters();
  const program_memory::Counters memory = program_memory::counters();
  text.add(
      "],\"memory\":{}\"frames\":{},\"free_frames\":{},\"committed_pages\":{},\"mapped\":{},\"resident\":{},"
      "\"page_faults\":{}{}{}",
      open, frames.total, frames.free, frames.committed, memory.mapped, memory.resident, memory.faults, close,
      close);
  host_link().send(FrameType::report, text.view());
}

}  // namespace nucleus
