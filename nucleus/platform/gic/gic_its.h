// SPDX-License-Identifier: ISC
#pragma once

// The interrupt translation service of a GICv3: a page to which devices write the number of an event; who
// wrote and what it wrote become an LPI of some CPU, by tables that we fill through a queue of commands.
// Spec: [arm/gic "The Interrupt Translation Service"]

#include <nucleus/boot_info.h>
#include <nucleus/mutex.h>
#include <nucleus/result.h>

#include <arch/devices.h>

#include <array>

#include "its_commands.h"
#include "lpi_tables.h"

namespace arch::aarch64 {

class GicIts {
 public:
  constexpr GicIts() = default;

  /// Maps the registers, gives the controller its tables and its queue, and switches it on. Where something
  /// is missing, no message can be had. Context: arch::discover.
  void attach(nucleus::PhysRange registers, LpiTables& lpis);
  bool present() const { return queue_ != nullptr; }

  /// The next event of the device with this number. Errors: not_supported (a number beyond its table),
  /// out_of_memory, too_many, timed_out (the controller does not take commands). Context: thread.
  nucleus::Result<MessageLine> allocate(std::uint32_t device);

  /// Sends one of the lines to this CPU from now on, and lets it through. False if there is no such line, or
  /// the controller takes no commands. Context: thread.
  bool start(std::uint32_t line);

 private:
  struct Device {
    std::uint32_t number = 0;
    std::uint32_t events = 0;  // that are taken
  };
  struct Event {
    std::uint32_t device = 0;
    std::uint32_t event = 0;
  };
  static constexpr unsigned max_devices = 32;
  static constexpr unsigned max_events = 64;
  static constexpr unsigned events_of_device_bits = 5;

  nucleus::Result<> give_tables();
  nucleus::Result<Device*> device_of(std::uint32_t number);
  nucleus::Result<> map_collection_of(unsigned cpu_index);
  nucleus::Result<> run(std::initializer_list<its::Command> commands);
  std::uint64_t target_of(unsigned cpu_index) const;

  nucleus::Mutex lock_;  // over all below, once attached
  nucleus::PhysRange registers_{};
  std::uintptr_t base_ = 0;
  LpiTables* lpis_ = nullptr;
  its::Type type_{};
  its::Command* queue_ = nullptr;
  std::uint32_t written_ = 0;       // offset in the queue
  std::uint64_t device_limit_ = 0;  // how many the table has room for
  std::uint64_t mapped_cpus_ = 0;   // those that have a collection, by index
  std::array<Device, max_devices> devices_{};
  unsigned device_count_ = 0;
  std::array<Event, max_events> events_{};  // of LPI first_lpi + index
  unsigned event_count_ = 0;
};

}  // namespace arch::aarch64
