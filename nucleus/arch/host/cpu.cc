// SPDX-License-Identifier: ISC

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/host/host_machine.h>
#include <arch/interrupts.h>
#include <arch/trap.h>
#include <arch/uart.h>

#include <nucleus/arch_upcalls.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace host {

std::function<void()> at_interrupt_point;

}  // namespace host

namespace {

constexpr std::uint64_t never = ~std::uint64_t{0};

nucleus::Cpu* the_cpu = nullptr;
bool interrupts_on = false;
// Of the host thread that a context is: another context can run while this one is in the middle of an
// interrupt.
thread_local bool in_interrupt = false;
std::uint64_t now_ns = 2'000'000'000;
std::uint64_t timer_ns = never;

/// Delivers the timer interrupt, as if program code had been interrupted.
void deliver_timer() {
  timer_ns = never;
  arch::TrapFrame frame;
  in_interrupt = true;
  interrupts_on = false;
  nucleus::upcall_timer(frame);
  nucleus::upcall_trap_exit(frame);
  interrupts_on = true;
  in_interrupt = false;
}

void interrupts_came_on() {
  if (in_interrupt || !host::at_interrupt_point) return;
  in_interrupt = true;
  host::at_interrupt_point();
  in_interrupt = false;
}

}  // namespace

namespace host {

void advance_clock(std::uint64_t ns) {
  now_ns += ns;
  while (interrupts_on && timer_ns <= now_ns) deliver_timer();
}

}  // namespace host

namespace arch {

nucleus::Cpu* this_cpu() {
  return the_cpu;
}
void set_this_cpu(nucleus::Cpu* cpu) {
  the_cpu = cpu;
}
unsigned cpu_count() {
  return 1;
}
bool start_cpu(unsigned, nucleus::Cpu*) {
  return false;
}
void send_ipi(unsigned) {}
void discover(const nucleus::BootInfo&) {}
void init_this_cpu() {}
void stop_other_cpus() {}
std::uint64_t hardware_capabilities() {
  return 0;
}

unsigned hardware_entropy(std::span<std::uint8_t> bytes) {
  std::random_device device;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(device());
  return static_cast<unsigned>(bytes.size());
}

void power_off(int status) {
  std::exit(status);
}

bool interrupts_enabled() {
  return interrupts_on;
}
void enable_interrupts() {
  interrupts_on = true;
  interrupts_came_on();
}
void disable_interrupts() {
  interrupts_on = false;
}

InterruptState save_and_disable_interrupts() {
  const InterruptState before = interrupts_on ? InterruptState::on : InterruptState::off;
  interrupts_on = false;
  return before;
}

void restore_interrupts(InterruptState state) {
  interrupts_on = state == InterruptState::on;
  if (interrupts_on) interrupts_came_on();
}

void wait_for_interrupt() {
  if (timer_ns == never) {
    std::fprintf(stderr, "every thread waits, and nothing will ever happen\n");
    std::abort();
  }
  if (timer_ns > now_ns) now_ns = timer_ns;
  deliver_timer();
  interrupts_on = false;
}

void relax() {}

std::uint64_t monotonic_ns() {
  return now_ns;
}
void set_timer(std::uint64_t deadline_ns) {
  timer_ns = deadline_ns;
}
void stop_timer() {
  timer_ns = never;
}
std::uint64_t wall_clock_ns() {
  return 1'700'000'000'000'000'000;
}

void uart_write(std::span<const char> text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}
std::size_t uart_read(std::span<char>) {
  return 0;
}
void uart_receive_interrupt(bool) {}

void resume(const TrapFrame&) {
  std::abort();
}

}  // namespace arch
