// SPDX-License-Identifier: ISC
#pragma once

// Vcpu: a thread of a process, as its registers. A kernel thread lends it its CPU with run(); while it does,
// user mode is to the scheduler like any call that the thread is inside of: an interrupt comes back into
// run(), which handles it, gives the CPU away if it must, and goes on, so the tender is woken only for what
// concerns it.
//
// No kick is lost: run() first says on which CPU it is, then looks for a kick, then enters, with interrupts
// off throughout; kick() leaves its mark first, then looks for the CPU, and interrupts it. All are seq_cst.

#include "space.h"

#include <arch/user.h>

#include <nucleus.h>

#include <atomic>
#include <cstdint>

namespace nucleus {

class Vcpu {
 public:
  /// All registers zero, and a fresh floating-point state. Errors: out_of_memory.
  static Result<Vcpu*> create(Ref<Space> space);
  ~Vcpu();
  Vcpu(const Vcpu&) = delete;
  Vcpu& operator=(const Vcpu&) = delete;

  enum class Until : std::uint8_t { exit, interrupt, switch_due };

  /// With Until::interrupt, any interrupt ends it, too, with NUCLEUS_EXIT_AGAIN; with Until::switch_due, one
  /// after which another thread is to run. Context: the calling thread's kernel stack, no lock held; on `cpu`
  /// with interrupts off, which are on when it returns. Errors: busy (another thread runs it),
  /// invalid_argument (registers that no user may have).
  Result<nucleus_exit> run_here(Cpu& cpu, std::uint64_t deadline_ns, Until until);
  /// Context: any but a trap's catch stack.
  void kick();

  nucleus_user_registers& registers() { return state_.registers; }
  const nucleus_user_fault& fault() const { return fault_; }
  /// Errors: busy (one of them runs).
  Result<> copy_fp(Vcpu& from);
  /// Of arch::fp_state_size() bytes. Errors: busy.
  Result<> get_fp(void* to);
  Result<> set_fp(const void* from);

 private:
  static constexpr unsigned nowhere = ~0u;

  /// The kernel's and the user's floating-point state: who has the unit.
  class Fp;

  explicit Vcpu(Ref<Space> space) : space_{std::move(space)} {}
  nucleus_exit loop(Cpu* cpu, std::uint64_t deadline_ns, Until until, Fp& fp);
  arch::UserExit enter(Cpu& cpu, Fp& fp);
  bool begin() { return busy_.exchange(1) == 0; }
  void end() { busy_.store(0, std::memory_order_release); }
  bool resolve_fault(Fp& fp);
  void note_fault(const Fault& fault);

  arch::UserState state_{};
  Ref<Space> space_;
  void* fp_block_ = nullptr;
  void* user_fp_ = nullptr;    // of arch::fp_state_size() bytes
  void* kernel_fp_ = nullptr;  // what a call preserves of the thread that runs it

  // Not 0: somebody runs it. A word, which all CPUs exchange by an instruction.
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<bool> kicked_{false};
  std::atomic<unsigned> running_on_{nowhere};

  // Of who runs it.
  nucleus_user_fault fault_{};
  VirtAddr resolved_at_{};  // the last fault that only this CPU's memory of the page table caused
  std::uint64_t resolved_pc_ = 0;
  std::uint64_t code_generation_ = 0;  // of the instructions that the CPU last used may know
  unsigned last_cpu_ = nowhere;
  unsigned fp_runs_ = 0;  // for how many runs to come it has the floating-point unit at once
};

}  // namespace nucleus
