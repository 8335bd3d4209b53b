// SPDX-License-Identifier: ISC

#include "descriptor_table.h"

namespace nucleus {

Result<> DescriptorTable::check(int descriptor) const {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= slots_.size() ||
      !slots_[static_cast<std::size_t>(descriptor)].file) {
    return Error::bad_descriptor;
  }
  return {};
}

Result<Ref<OpenFile>> DescriptorTable::get(int descriptor) const {
  TRY(check(descriptor));
  return Ref<OpenFile>{slots_[static_cast<std::size_t>(descriptor)].file};
}

Result<int> DescriptorTable::add(Ref<OpenFile> file, bool close_on_exec, int lowest) {
  if (lowest < 0 || lowest >= max_descriptors) return Error::invalid_argument;
  auto number = static_cast<std::size_t>(lowest);
  while (number < slots_.size() && slots_[number].file) number++;
  if (number >= max_descriptors) return Error::too_many;
  if (number >= slots_.size()) TRY(slots_.resize(number + 1));
  slots_[number] = {std::move(file), close_on_exec};
  return static_cast<int>(number);
}

Result<Ref<OpenFile>> DescriptorTable::set(int descriptor, Ref<OpenFile> file, bool close_on_exec) {
  if (descriptor < 0 || descriptor >= max_descriptors) return Error::bad_descriptor;
  const auto number = static_cast<std::size_t>(descriptor);
  if (number >= slots_.size()) TRY(slots_.resize(number + 1));
  Ref<OpenFile> old = std::move(slots_[number].file);
  slots_[number] = {std::move(file), close_on_exec};
  return old;
}

Result<Ref<OpenFile>> DescriptorTable::remove(int descriptor) {
  TRY(check(descriptor));
  return std::move(slots_[static_cast<std::size_t>(descriptor)].file);
}

Result<bool> DescriptorTable::close_on_exec(int descriptor) const {
  TRY(check(descriptor));
  return bool{slots_[static_cast<std::size_t>(descriptor)].close_on_exec};
}

Result<> DescriptorTable::set_close_on_exec(int descriptor, bool value) {
  TRY(check(descriptor));
  slots_[static_cast<std::size_t>(descriptor)].close_on_exec = value;
  return {};
}

}  // namespace nucleus
