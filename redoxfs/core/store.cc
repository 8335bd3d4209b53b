// SPDX-License-Identifier: ISC
#include "core/store.h"

#include <algorithm>
#include <cstring>

#include "core/seahash.h"
#include "core/validate.h"

namespace redoxfs {

Result<void> Store::open(std::uint64_t start, std::uint64_t blocks) {
  if (start > device_->block_count() || blocks > device_->block_count() - start) return Error::damaged;
  start_ = start;
  blocks_ = blocks;
  return scratch_.resize(2 * bytes_of_level(largest_level));
}

void Store::encipher(std::uint64_t index, Bytes data) {
  for (std::size_t at = 0; at < data.size(); at += block_size)
    services_.cryptography->encrypt_sector(keys_, index + at / block_size, data.subspan(at, block_size));
}

Result<void> Store::read(BlockPointer pointer, Bytes into) {
  if (!inside(pointer)) return Error::damaged;
  TRY(device_->read(start_ + pointer.index(), into));
  if (encrypted_)
    for (std::size_t at = 0; at < into.size(); at += block_size)
      services_.cryptography->decrypt_sector(keys_, pointer.index() + at / block_size,
                                             into.subspan(at, block_size));
  if (seahash(into) != pointer.hash) return Error::damaged;
  return {};
}

Result<void> Store::read_record(BlockPointer pointer, unsigned record_level, Bytes into) {
  const unsigned level = pointer.level();
  const unsigned content = pointer.decompressed_level();
  if (level > record_level || content > record_level || (content != 0 && content <= level))
    return Error::damaged;
  if (content == 0) {
    TRY(read(pointer, into.first(bytes_of_level(level))));
    const Bytes rest = into.subspan(bytes_of_level(level));
    if (!rest.empty()) std::memset(rest.data(), 0, rest.size());
    return {};
  }
  const Bytes stored = bounce().first(bytes_of_level(level));
  TRY(read(pointer, stored));
  std::uint16_t length;
  std::memcpy(&length, stored.data(), sizeof length);
  if (length + sizeof length > stored.size()) return Error::damaged;
  if (!services_.compression) return Error::not_supported;
  const std::size_t size = TRY(services_.compression->decompress(stored.subspan(sizeof length, length),
                                                                 into.first(bytes_of_level(content))));
  std::memset(into.data() + size, 0, into.size() - size);
  return {};
}

Result<void> Store::write(std::uint64_t index, ConstBytes from) {
  if (!encrypted_) return device_->write(start_ + index, from);
  while (!from.empty()) {
    const std::size_t size = std::min(from.size(), bounce().size());
    const Bytes part = bounce().first(size);
    std::memcpy(part.data(), from.data(), size);
    encipher(index, part);
    TRY(device_->write(start_ + index, part));
    from = from.subspan(size);
    index += size / block_size;
  }
  return {};
}

Result<void> Store::write_gathered(std::uint64_t index, std::span<const std::byte* const> blocks) {
  while (!blocks.empty()) {
    const std::size_t count = std::min(blocks.size(), bounce().size() / block_size);
    const Bytes part = bounce().first(count * block_size);
    for (std::size_t i = 0; i < count; i++) std::memcpy(part.data() + i * block_size, blocks[i], block_size);
    if (encrypted_) encipher(index, part);
    TRY(device_->write(start_ + index, part));
    blocks = blocks.subspan(count);
    index += count;
  }
  return {};
}

Result<void> Store::write_header(Header& header) {
  header.hash = seahash(bytes_of(header).first(hashed_header_bytes));
  header.encrypted_hash = {};
  std::memcpy(header.encrypted_hash.data(), &header.hash, sizeof header.hash);
  if (encrypted_) services_.cryptography->encrypt_sector(keys_, header.generation, header.encrypted_hash);
  return device_->write(start_ + header.generation % ring_slots, bytes_of(header));
}

namespace {

/// The start of the file system whose header is the first valid one on the device.
Result<std::uint64_t> find_start(BlockDevice& device, Bytes buffer) {
  const std::uint64_t end = std::min(device.block_count(), blocks_scanned);
  const std::uint64_t step = buffer.size() / block_size;
  for (std::uint64_t at = 0; at < end; at += step) {
    const std::uint64_t count = std::min(step, end - at);
    TRY(device.read(at, buffer.first(count * block_size)));
    for (std::uint64_t i = 0; i < count; i++) {
      const auto& header = *reinterpret_cast<const Header*>(buffer.data() + i * block_size);
      if (std::memcmp(header.signature, signature, sizeof signature) != 0) continue;
      const std::uint64_t slot = header.generation % ring_slots;
      if (slot <= at + i && valid_header(header, slot)) return at + i - slot;
    }
  }
  return Error::damaged;
}

}  // namespace

Result<void> read_ring(BlockDevice& device, Memory& memory, RingState& found) {
  Array<std::byte> buffer(memory);
  TRY(buffer.resize(ring_slots * block_size));
  found.start = TRY(find_start(device, buffer.span()));
  if (device.block_count() - found.start < ring_slots) return Error::damaged;
  TRY(device.read(found.start, buffer.span()));
  const auto* headers = reinterpret_cast<const Header*>(buffer.data());
  const Header* best = nullptr;
  for (std::uint64_t slot = 0; slot < ring_slots; slot++)
    if (valid_header(headers[slot], slot) && (!best || headers[slot].generation > best->generation))
      best = &headers[slot];
  if (!best) return Error::damaged;
  found.header = *best;
  const std::uint64_t next = (best->generation + 1) % ring_slots;
  // A header that is not valid lies where the newest would, and is not what was left of the round before.
  const bool signed_there = std::memcmp(headers[next].signature, signature, sizeof signature) == 0;
  const std::uint64_t generation = headers[next].generation;
  found.newest_is_damaged = !valid_header(headers[next], next) &&
                            (generation == best->generation + 1 ||
                             (signed_there && generation + ring_slots != best->generation + 1));
  return {};
}

}  // namespace redoxfs
