// SPDX-License-Identifier: ISC

#include "kernel.h"

#include "machine.h"
#include "port.h"

#include <cstring>

namespace loader {

namespace limine = nucleus::limine;

namespace {

constexpr std::uint64_t oldest_revision = 2;
constexpr std::uint64_t newest_revision = 3;

/// Where the words of `what` are in `words`; their end if they are not there.
template <typename T>
std::size_t find(std::span<const std::uint64_t> words, const T& what) {
  constexpr std::size_t length = sizeof what / sizeof(std::uint64_t);
  for (std::size_t at = 0; at + length <= words.size(); ++at) {
    if (std::memcmp(words.data() + at, &what, sizeof what) == 0) return at;
  }
  return words.size();
}

}  // namespace

Kernel Kernel::load(std::string_view path, std::span<const std::byte> file) {
  Kernel kernel;
  kernel.path_ = path;
  if (const char* problem = parse_elf(file, elf_machine, kernel.executable_)) fail({path, ": ", problem});
  const Executable& executable = kernel.executable_;
  kernel.at_ = allocate_pages(executable.size / nucleus::page_size, executable.alignment);
  auto* const image = reinterpret_cast<std::byte*>(kernel.at_.value);
  for (unsigned i = 0; i < executable.segment_count; ++i) {
    const Segment& segment = executable.segments[i];
    std::memcpy(image + (segment.address - executable.start), file.data() + segment.file_offset,
                segment.file_size);
  }
  kernel.find_requests();
  return kernel;
}

void Kernel::find_requests() {
  requests_ = {reinterpret_cast<std::uint64_t*>(at_.value), executable_.size / sizeof(std::uint64_t)};
  const std::size_t start = find(requests_, limine::RequestsStart{});
  if (start < requests_.size()) requests_ = requests_.subspan(start);
  requests_ = requests_.first(find(requests_, limine::RequestsEnd{}));
}

limine::Request* Kernel::request(const limine::RequestId& id) const {
  const std::size_t at = find(requests_, id);
  if (at == requests_.size()) return nullptr;
  if (find(requests_.subspan(at + 1), id) != requests_.size() - at - 1)
    fail({path_, ": the same request is there twice"});
  if ((requests_.size() - at) * sizeof(std::uint64_t) < sizeof(limine::EntryPointRequest)) return nullptr;
  return reinterpret_cast<limine::Request*>(requests_.data() + at);
}

void Kernel::agree_on_revision() const {
  constexpr std::uint64_t tag[2] = {limine::BaseRevision::first_word, limine::BaseRevision::second_word};
  const std::size_t at = find(requests_, tag);
  if (at + 2 >= requests_.size())
    fail({path_, ": it is no kernel for the Limine protocol (no base revision)"});
  std::uint64_t& wanted = requests_[at + 2];
  if (wanted < oldest_revision) fail({path_, ": it asks for a base revision that is out of use"});
  requests_[at + 1] = wanted < newest_revision ? wanted : newest_revision;
  if (wanted <= newest_revision) wanted = 0;
}

}  // namespace loader
