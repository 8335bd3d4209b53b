// SPDX-License-Identifier: ISC

#include "open_device.h"

#include <nucleus/entropy.h>

#include <link/host_link.h>

#include <cstring>

namespace nucleus {

Result<std::size_t> OpenDevice::read(std::span<std::byte> to) {
  switch (device_) {
    case Device::null:
      return std::size_t{0};
    case Device::zero:
    case Device::full:
      std::memset(to.data(), 0, to.size());
      return to.size();
    case Device::random:
    case Device::urandom: {
      // By way of the kernel stack: the generator works under a spin lock, where program memory must not
      // fault.
      std::uint8_t chunk[256];
      for (std::size_t done = 0; done < to.size();) {
        const std::size_t count = to.size() - done < sizeof chunk ? to.size() - done : sizeof chunk;
        random_bytes({chunk, count});
        std::memcpy(to.data() + done, chunk, count);
        done += count;
      }
      return to.size();
    }
    default:  // the consoles' are opened otherwise
      break;
  }
  return Error::not_supported;
}

namespace {

/// By way of the kernel stack: the link wants resident memory.
void send_trace(std::span<const std::byte> from) {
  char chunk[256];
  for (std::size_t done = 0; done < from.size();) {
    const std::size_t count = from.size() - done < sizeof chunk ? from.size() - done : sizeof chunk;
    std::memcpy(chunk, from.data() + done, count);
    host_link().send(FrameType::trace, std::span<const char>{chunk, count});
    done += count;
  }
}

}  // namespace

Result<std::size_t> OpenDevice::write(std::span<const std::byte> from) {
  if (device_ == Device::full) return Error::no_space;
  if (device_ == Device::trace) send_trace(from);
  return from.size();
}

}  // namespace nucleus
