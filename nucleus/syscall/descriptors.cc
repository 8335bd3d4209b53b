// SPDX-License-Identifier: ISC

#include "descriptors.h"

#include <nucleus/immortal.h>

namespace nucleus {
namespace {

constinit Immortal<Locked<DescriptorTable, Rank::descriptor_table>> the_descriptors;

}  // namespace

Locked<DescriptorTable, Rank::descriptor_table>& descriptors() {
  return the_descriptors.value;
}

Result<Ref<OpenFile>> file_of(int descriptor) {
  return descriptors().with([&](DescriptorTable& table) { return table.get(descriptor); });
}

Result<Ref<OpenFile>> readable_file(int descriptor) {
  Ref<OpenFile> file = TRY(file_of(descriptor));
  if (!file->readable) return Error::bad_descriptor;
  return file;
}

Result<Ref<OpenFile>> writable_file(int descriptor) {
  Ref<OpenFile> file = TRY(file_of(descriptor));
  if (!file->writable) return Error::bad_descriptor;
  return file;
}

Result<long> new_descriptor(Ref<OpenFile> file, bool close_on_exec, int lowest) {
  // The table's reference is a copy, so that ours is dropped outside of the lock whatever happens.
  const int number = TRY(descriptors().with(
      [&](DescriptorTable& table) { return table.add(Ref<OpenFile>{file}, close_on_exec, lowest); }));
  return long{number};
}

}  // namespace nucleus
