// SPDX-License-Identifier: ISC
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fs/commands.h"

namespace bactrian {

namespace {

constexpr uint64_t default_size = uint64_t{64} << 20;
constexpr uint64_t smallest_size = uint64_t{297} * redoxfs::block_size;

/// What the content needs, and a quarter more to work in.
uint64_t size_for(const Volume& volume) {
  const uint64_t needed = volume.bytes + volume.nodes * 2 * redoxfs::block_size + (uint64_t{8} << 20);
  const uint64_t size = std::max(default_size, needed + needed / 4);
  return (size + (1 << 20) - 1) >> 20 << 20;
}

/// With --seed: what SOURCE_DATE_EPOCH says, as reproducible builds have it, else 1970.
redoxfs::Time fixed_time() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  return {epoch ? std::strtoull(epoch, nullptr, 10) : 0, 0};
}

Result<void> fill(Image& image, const MakeOptions& options, uint64_t bytes) {
  std::error_code code;
  if (fs::is_directory(*options.from, code)) {
    ByteProgress progress("copying " + options.from->string(), bytes);
    return copy_content_in(image, *options.from, redoxfs::root_node, progress);
  }
  const uintmax_t size = fs::file_size(*options.from, code);  // of a pipe nobody knows it
  ByteProgress progress("unpacking " + options.from->string(), code ? 0 : size);
  return extract_in(image, *options.from, redoxfs::root_node, progress);
}

}  // namespace

Result<void> make_image(const MakeOptions& options) {
  Volume volume;
  if (options.from) {
    std::error_code code;
    if (!fs::exists(*options.from, code))
      return Error{
          .message = "no such folder or archive", .where = *options.from, .remedy = "give --from DIR or TAR"};
    volume = TRY(volume_of(*options.from));
    // What a compressed archive holds is not known before it is read.
    if (!fs::is_directory(*options.from, code)) volume.bytes *= options.size ? 1 : 6;
  }
  const uint64_t size = options.size.value_or(size_for(volume));
  if (size < smallest_size)
    return Error{.message = "an image of " + format_size(size) + " is too small",
                 .remedy = "use --size " + format_size(smallest_size) + " or more"};
  std::string password;
  if (options.encrypt)
    password = TRY(ask_password(PasswordUse::fresh, "new password", "BACTRIAN_FS_PASSWORD"));

  const auto image = TRY(Image::create(options.image, size));
  if (options.seed) {
    image->cryptography().seed(*options.seed);
    image->clock().fixed = fixed_time();
  }
  image->anonymous = options.anonymous;
  redoxfs::FormatOptions format;
  TRY(checked(image->cryptography().random(format.uuid), "cannot make", options.image));
  format.uuid[6] = (format.uuid[6] & std::byte{0x0F}) | std::byte{0x40};  // RFC 4122: random
  format.uuid[8] = (format.uuid[8] & std::byte{0x3F}) | std::byte{0x80};
  format.password = std::as_bytes(std::span(password.data(), password.size()));
  TRY(checked(redoxfs::format(image->device(), image->services(), format), "cannot make", options.image));
  TRY(image->mount(redoxfs::Access::read_write, password));
  if (options.from) TRY(fill(*image, options, volume.bytes));
  TRY(image->sync());
  const auto usage = image->system().usage();
  if (options.json) {
    const nlohmann::json about = {{"file", options.image.string()},
                                  {"bytes", usage.blocks * redoxfs::block_size},
                                  {"free_bytes", usage.free_blocks * redoxfs::block_size},
                                  {"encrypted", usage.encrypted}};
    // A file's name on the host may be any bytes.
    std::printf("%s\n", about.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  return {};
}

}  // namespace bactrian
