// SPDX-License-Identifier: ISC

#include "vcpu.h"

#include <core/scheduler.h>
#include <core/timer_queue.h>

#include <nucleus/cpu.h>
#include <nucleus/heap.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>

#include <array>
#include <cstring>

namespace nucleus {
namespace {

constexpr std::size_t fp_alignment = 64;  // the strictest of any port

/// CPUs on which user mode is on. Interrupts off, each its own.
constinit std::array<bool, max_cpus> prepared{};

void prepare(unsigned this_cpu) {
  bool& mine = prepared[this_cpu];
  if (mine) [[likely]]
    return;
  arch::prepare_user_mode();
  mine = true;
}

bool is_page_fault(FaultKind kind) {
  return kind == FaultKind::read || kind == FaultKind::write || kind == FaultKind::execute;
}

nucleus_fault_kind kind_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::read:
      return NUCLEUS_FAULT_READ;
    case FaultKind::write:
      return NUCLEUS_FAULT_WRITE;
    case FaultKind::execute:
      return NUCLEUS_FAULT_FETCH;
    case FaultKind::illegal_instruction:
      return NUCLEUS_FAULT_ILLEGAL;
    case FaultKind::divide:
      return NUCLEUS_FAULT_DIVIDE;
    case FaultKind::floating_point:
      return NUCLEUS_FAULT_FLOATING_POINT;
    case FaultKind::alignment:
      return NUCLEUS_FAULT_ALIGNMENT;
    case FaultKind::breakpoint:
      return NUCLEUS_FAULT_BREAKPOINT;
    default:
      return NUCLEUS_FAULT_OTHER;
  }
}

}  // namespace

// The nucleus has no floating-point code, so the user's registers stay in the unit until the thread gives the
// CPU away or goes back to the tender. A user that has not used the unit for some runs does not get it where
// that can be denied: most of what a call costs is moving those registers. If it uses it, it traps and gets
// it, and gets it at once in the next runs.
class Vcpu::Fp {
 public:
  explicit Fp(Vcpu& vcpu) : vcpu_{vcpu}, denied_{arch::can_deny_fp && vcpu.fp_runs_ == 0} {
    if (vcpu.fp_runs_ > 0) --vcpu.fp_runs_;
    if (!denied_) arch::fp_save_callee(vcpu_.kernel_fp_);
  }
  ~Fp() { give_to_kernel(); }
  Fp(const Fp&) = delete;
  Fp& operator=(const Fp&) = delete;

  void give_to_user() {
    if (is_users_ || denied_) return;
    arch::fp_restore(vcpu_.user_fp_);
    is_users_ = true;
  }
  void give_to_kernel() {
    if (!is_users_) return;
    arch::fp_save(vcpu_.user_fp_);
    arch::leave_user_fp();
    arch::fp_restore_callee(vcpu_.kernel_fp_);
    is_users_ = false;
  }

  bool is_denied() const { return denied_; }
  /// It wants it.
  void permit() {
    denied_ = false;
    vcpu_.fp_runs_ = eager_runs;
    arch::fp_save_callee(vcpu_.kernel_fp_);
  }

 private:
  static constexpr unsigned eager_runs = 32;

  Vcpu& vcpu_;
  bool denied_;
  bool is_users_ = false;
};

Result<Vcpu*> Vcpu::create(Ref<Space> space) {
  Owned<Vcpu> vcpu{new (std::nothrow) Vcpu{std::move(space)}};
  if (!vcpu) return Error::out_of_memory;
  const std::size_t size = align_up(arch::fp_state_size(), fp_alignment);
  vcpu->fp_block_ = heap_allocate(2 * size + fp_alignment);
  if (!vcpu->fp_block_) return Error::out_of_memory;
  const std::uint64_t start = align_up(reinterpret_cast<std::uintptr_t>(vcpu->fp_block_), fp_alignment);
  vcpu->user_fp_ = reinterpret_cast<void*>(start);
  vcpu->kernel_fp_ = reinterpret_cast<void*>(start + size);
  arch::fp_init(vcpu->user_fp_);
  arch::fp_init(vcpu->kernel_fp_);
  return vcpu.release();
}

Vcpu::~Vcpu() {
  heap_free(fp_block_);
}

Result<nucleus_exit> Vcpu::run_here(Cpu& cpu, std::uint64_t deadline_ns, Until until) {
  const auto refuse = [](Error error) {
    arch::enable_interrupts();
    return error;
  };
  if (!begin()) return refuse(Error::busy);
  if (!arch::make_registers_sane(state_)) {
    end();
    return refuse(Error::invalid_argument);
  }
  nucleus_exit how = NUCLEUS_EXIT_KICK;
  {
    Fp fp{*this};
    Thread& thread = *cpu.current;
    thread.runs_processes = true;
    thread.in_user_mode.store(true, std::memory_order_relaxed);
    how = loop(&cpu, deadline_ns, until, fp);
    thread.in_user_mode.store(false, std::memory_order_relaxed);
  }
  if (!arch::user_memory_is_fenced()) Space::unload();
  end();
  arch::enable_interrupts();
  return how;
}

/// Interrupts off, at its begin and its end. The registers are sane. Each call passes here, so its parts are
/// not called but stand in it.
[[gnu::always_inline]] inline nucleus_exit Vcpu::loop(Cpu* here, std::uint64_t deadline_ns, Until until,
                                                      Fp& fp) {
  // Whom this thread has woken on its way, by a lock that it let go for instance, does not wait for its
  // process either.
  if (the_scheduler.is_wanted_by_kernel(here->index)) here->reschedule.store(true, std::memory_order_relaxed);
  // It may go on elsewhere.
  for (bool sane = true;; sane = false, here = arch::this_cpu()) {
    Cpu& cpu = *here;
    if (cpu.reschedule.load(std::memory_order_relaxed)) [[unlikely]] {
      if (until != Until::exit) return NUCLEUS_EXIT_AGAIN;
      fp.give_to_kernel();
      the_scheduler.preempt();
      if (deadline_ns != ~std::uint64_t{0}) deadline_ns &= ~NUCLEUS_DEADLINE_IF_WANTED;
      continue;
    }
    if ((deadline_ns & NUCLEUS_DEADLINE_IF_WANTED) == 0) {
      if (monotonic_ns() >= deadline_ns) return NUCLEUS_EXIT_SLICE;
      want_timer_interrupt(cpu, deadline_ns);
    }
    if (cpu.current->signals.deliverable()) return NUCLEUS_EXIT_KICK;
    // What the user did to them itself counts, too: some CPUs take an interrupt at an impossible pc.
    if (!sane && !arch::make_registers_sane(state_)) {
      note_fault({FaultKind::protection});
      return NUCLEUS_EXIT_FAULT;
    }
    running_on_.store(cpu.index);
    const bool kicked = kicked_.load() && kicked_.exchange(false);
    const arch::UserExit how = kicked ? arch::UserExit::interrupt : enter(cpu, fp);
    running_on_.store(nowhere, std::memory_order_release);
    if (kicked) return NUCLEUS_EXIT_KICK;
    switch (how) {
      case arch::UserExit::call:
        return NUCLEUS_EXIT_CALL;
      case arch::UserExit::interrupt:
        arch::handle_user_interrupt(state_);
        arch::disable_interrupts();
        if (until == Until::interrupt) return NUCLEUS_EXIT_AGAIN;
        break;
      case arch::UserExit::fault:
        if (fp.is_denied() && arch::is_denied_fp(state_)) {
          fp.permit();
          break;
        }
        if (!resolve_fault(fp)) return NUCLEUS_EXIT_FAULT;
        break;
    }
  }
}

[[gnu::always_inline]] inline arch::UserExit Vcpu::enter(Cpu& cpu, Fp& fp) {
  const unsigned index = cpu.index;
  prepare(index);
  space_->load(index);
  if (const std::uint64_t now = space_->code_generation(); now != code_generation_ || index != last_cpu_) {
    arch::flush_instructions();
    code_generation_ = now;
    last_cpu_ = index;
  }
  fp.give_to_user();
  return arch::enter_user(cpu, state_, fp.is_denied() ? arch::UserFp::denied : arch::UserFp::permitted);
}

/// True if the page is there and allows what was tried: another thread has brought it since, or this CPU
/// remembers it as it was. Once for each; what faults again is for the tender.
bool Vcpu::resolve_fault(Fp& fp) {
  const Fault fault = arch::user_fault(state_);
  const bool again = resolved_at_ == fault.address && resolved_pc_ == state_.registers.pc;
  if (!again && is_page_fault(fault.kind)) {
    fp.give_to_kernel();  // the lock may have to be waited for
    arch::enable_interrupts();
    const bool allowed = space_->allows(fault.address, fault.kind);
    arch::disable_interrupts();
    if (allowed) {
      resolved_at_ = fault.address;
      resolved_pc_ = state_.registers.pc;
      arch::flush_tlb({align_down(fault.address.value, page_size)}, 1);
      return true;
    }
  }
  resolved_pc_ = 0;
  note_fault(fault);
  return false;
}

void Vcpu::note_fault(const Fault& fault) {
  fault_ = {.kind = kind_of(fault.kind), .address = fault.address.value, .code = fault.raw_code};
}

void Vcpu::kick() {
  kicked_.store(true);
  InterruptGuard stay;
  const unsigned cpu = running_on_.load();
  if (cpu != nowhere && cpu != arch::this_cpu()->index) arch::send_ipi(cpu);
}

Result<> Vcpu::copy_fp(Vcpu& from) {
  if (&from == this) return {};
  if (!begin()) return Error::busy;
  const bool is_free = from.begin();
  if (is_free) {
    std::memcpy(user_fp_, from.user_fp_, arch::fp_state_size());
    from.end();
  }
  end();
  if (!is_free) return Error::busy;
  return {};
}

Result<> Vcpu::get_fp(void* to) {
  if (!begin()) return Error::busy;
  std::memcpy(to, user_fp_, arch::fp_state_size());
  end();
  return {};
}

Result<> Vcpu::set_fp(const void* from) {
  if (!begin()) return Error::busy;
  std::memcpy(user_fp_, from, arch::fp_state_size());
  arch::make_fp_sane(user_fp_);
  end();
  return {};
}

}  // namespace nucleus
