// SPDX-License-Identifier: ISC

#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/host/host_machine.h>
#include <arch/interrupts.h>
#include <arch/trap.h>
#include <arch/uart.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/cpu.h>

#include <pthread.h>
#include <semaphore.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace host {

std::function<void()> at_interrupt_point;
unsigned cpus = 1;

}  // namespace host

namespace {

constexpr std::uint64_t never = ~std::uint64_t{0};

/// A CPU of the machine. The host thread that runs on it waits for `turn` while another CPU runs.
struct SimulatedCpu {
  SimulatedCpu() { sem_init(&turn, 0, 0); }
  nucleus::Cpu* record = nullptr;
  bool started = false;
  bool halted = false;
  bool interrupts_on = false;
  bool ipi = false;
  std::uint64_t timer_ns = never;
  sem_t turn;
};

std::array<SimulatedCpu, 8> machine;
unsigned active = 0;
std::minstd_rand schedule{1};
std::uint64_t now_ns = 2'000'000'000;

// Of the host thread that a context is: another context can run while this one is in the middle of an
// interrupt.
thread_local bool in_interrupt = false;

SimulatedCpu& running() {
  return machine[active];
}

/// This host thread waits until its CPU has its turn again.
void give_turn_to(unsigned index) {
  const unsigned self = active;
  if (index == self) return;
  active = index;
  sem_post(&machine[index].turn);
  while (sem_wait(&machine[self].turn) != 0) {
  }
}

bool wakes(const SimulatedCpu& cpu) {
  return cpu.ipi || cpu.timer_ns <= now_ns;
}
bool can_run(const SimulatedCpu& cpu) {
  return cpu.started && (!cpu.halted || wakes(cpu));
}

/// Any CPU that can run. Moves the clock to where one can if none does now.
unsigned choose_cpu() {
  for (;;) {
    std::array<unsigned, std::tuple_size_v<decltype(machine)>> able{};
    unsigned count = 0;
    std::uint64_t earliest_ns = never;
    for (unsigned index = 0; index < host::cpus; ++index) {
      if (can_run(machine[index])) able[count++] = index;
      if (machine[index].started) earliest_ns = std::min(earliest_ns, machine[index].timer_ns);
    }
    if (count > 0) return able[schedule() % count];
    if (earliest_ns == never) {
      std::fprintf(stderr, "every thread waits, and nothing will ever happen\n");
      std::abort();
    }
    now_ns = std::max(now_ns, earliest_ns);
  }
}

/// Another CPU may go on here, and time passes.
void step() {
  if (host::cpus == 1) return;
  now_ns += schedule() % 1000;
  if (schedule() % 4 == 0) give_turn_to(choose_cpu());
}

/// Delivers an interrupt, as if program code had been interrupted.
template <typename Upcall>
void deliver(Upcall upcall) {
  arch::TrapFrame frame;
  in_interrupt = true;
  running().interrupts_on = false;
  upcall(frame);
  nucleus::upcall_trap_exit(frame);
  // Perhaps on another CPU than before.
  running().interrupts_on = true;
  in_interrupt = false;
}

void deliver_timer() {
  running().timer_ns = never;
  deliver([](arch::TrapFrame& frame) { nucleus::upcall_timer(frame); });
}

void deliver_what_waits() {
  while (running().interrupts_on && wakes(running())) {
    if (running().ipi) {
      running().ipi = false;
      deliver([](arch::TrapFrame& frame) { nucleus::upcall_ipi(frame); });
    } else {
      deliver_timer();
    }
  }
}

void interrupts_came_on() {
  if (in_interrupt) return;
  if (host::cpus > 1) deliver_what_waits();
  if (!host::at_interrupt_point) return;
  in_interrupt = true;
  host::at_interrupt_point();
  in_interrupt = false;
}

}  // namespace

namespace host {

void advance_clock(std::uint64_t ns) {
  now_ns += ns;
  step();
  while (running().interrupts_on && running().timer_ns <= now_ns) deliver_timer();
}

void restart_schedule(unsigned seed) {
  schedule.seed(seed);
}

}  // namespace host

namespace arch {

nucleus::Cpu* this_cpu() {
  return running().record;
}
void set_this_cpu(nucleus::Cpu* cpu) {
  running().record = cpu;
  running().started = true;
}
unsigned cpu_count() {
  return host::cpus;
}

bool start_cpu(unsigned index, nucleus::Cpu* cpu) {
  machine[index].record = cpu;
  machine[index].started = true;
  const auto body = [](void* record) -> void* {
    auto* const self = static_cast<nucleus::Cpu*>(record);
    while (sem_wait(&machine[self->index].turn) != 0) {
    }
    nucleus::upcall_secondary_cpu(self);
  };
  pthread_t thread;
  if (pthread_create(&thread, nullptr, body, cpu) != 0) std::abort();
  pthread_detach(thread);
  return true;
}

void send_ipi(unsigned index) {
  machine[index].ipi = true;
  step();
}

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

void reset() {
  std::abort();
}

void power_off(int status) {
  std::exit(status);
}

bool interrupts_enabled() {
  return running().interrupts_on;
}
void enable_interrupts() {
  running().interrupts_on = true;
  step();
  interrupts_came_on();
}
void disable_interrupts() {
  step();
  running().interrupts_on = false;
}

InterruptState save_and_disable_interrupts() {
  step();
  const InterruptState before = running().interrupts_on ? InterruptState::on : InterruptState::off;
  running().interrupts_on = false;
  return before;
}

void restore_interrupts(InterruptState state) {
  running().interrupts_on = state == InterruptState::on;
  step();
  if (running().interrupts_on) interrupts_came_on();
}

void wait_for_interrupt() {
  running().halted = true;
  give_turn_to(choose_cpu());
  running().halted = false;
  running().interrupts_on = true;
  deliver_what_waits();
  running().interrupts_on = false;
}

void relax() {
  step();
}

std::uint64_t monotonic_ns() {
  step();
  return now_ns;
}
void set_timer(std::uint64_t deadline_ns) {
  running().timer_ns = deadline_ns;
}
void stop_timer() {
  running().timer_ns = never;
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
void uart_interrupts(UartInterrupts) {}
UartPlace uart_place() {
  return {};
}

void resume(const TrapFrame&) {
  std::abort();
}

}  // namespace arch
