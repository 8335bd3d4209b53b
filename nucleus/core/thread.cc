// SPDX-License-Identifier: ISC

#include "scheduler.h"

#include <nucleus/heap.h>
#include <nucleus/locked.h>
#include <nucleus/thread.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

namespace nucleus {

/// Every program thread that lives.
struct ThreadTable {
  IntrusiveList<Thread, &Thread::list_link_> threads;
  unsigned count = 0;
  ThreadId next_id = 1;
};

namespace {

constinit Locked<ThreadTable, Rank::thread_list> the_threads;

// The strictest of any port.
constexpr std::size_t fp_alignment = 64;

}  // namespace

Result<Thread*> Thread::make(Priority priority, std::size_t fp_size) {
  reap_exited_threads();
  auto* thread = new (std::nothrow) Thread;
  if (!thread) return Error::out_of_memory;
  thread->priority_ = priority;
  if (fp_size) {
    thread->fp_block_ = heap_allocate(fp_size + fp_alignment);
    if (!thread->fp_block_) {
      delete thread;
      return Error::out_of_memory;
    }
    thread->fp_state_ =
        reinterpret_cast<void*>(align_up(reinterpret_cast<std::uintptr_t>(thread->fp_block_), fp_alignment));
    arch::fp_init(thread->fp_state_);
    thread->whole_fp_saved_ = true;
  }
  auto stack = allocate_kernel_stack(*thread);
  if (!stack) {
    delete thread;
    return stack.error();
  }
  thread->stack_top_ = stack.value();
  arch::make_context(thread->context_, reinterpret_cast<std::byte*>(thread->stack_top_), first_run, thread);
  return thread;
}

Thread::~Thread() {
  if (stack_top_) free_kernel_stack(stack_top_);
  heap_free(fp_block_);
}

/// Interrupts are off, and the scheduler's lock is held for it by the thread before.
void Thread::first_run(void* argument) {
  Thread& thread = *static_cast<Thread*>(argument);
  the_scheduler.finish_first_switch();
  if (thread.program_pc_) arch::enter_program(thread.program_pc_, thread.program_sp_);
  arch::enable_interrupts();
  thread.entry_(thread.argument_);
  exit_thread();
}

Result<Thread*> Thread::create(void (*entry)(void*), void* argument, Priority priority) {
  Thread* const thread = TRY(make(priority, arch::fp_state_size()));
  thread->entry_ = entry;
  thread->argument_ = argument;
  return thread;
}

Result<Thread*> Thread::create_main(void (*entry)(void*), void* argument) {
  Thread* const thread = TRY(create(entry, argument));
  thread->become_program_thread();
  return thread;
}

Result<Thread*> Thread::create_program(std::uintptr_t pc, std::uintptr_t sp, std::uintptr_t tp) {
  Thread* const thread = TRY(make(Priority::normal, arch::fp_state_size()));
  thread->become_program_thread();
  thread->program_pc_ = pc;
  thread->program_sp_ = sp;
  thread->thread_pointer_ = tp;
  thread->signals.blocked.store(current_thread().signals.blocked.load());
  return thread;
}

void Thread::become_program_thread() {
  is_program_ = true;
  the_threads.with([&](ThreadTable& table) { id_ = table.next_id++; });
}

Result<Thread*> Thread::create_idle() {
  Thread* const thread = TRY(make(Priority::idle, 0));
  thread->entry_ = [](void*) { the_scheduler.idle(); };
  return thread;
}

void Thread::start() {
  if (is_program_) {
    the_threads.with([&](ThreadTable& table) {
      table.threads.push_back(*this);
      ++table.count;
    });
  }
  the_scheduler.start(*this);
}

bool Thread::with_thread(ThreadId id, void (*function)(Thread&, void*), void* argument) {
  return the_threads.with([&](ThreadTable& table) {
    for (Thread* thread = table.threads.front(); thread; thread = table.threads.next(*thread)) {
      if (thread->id_ != id) continue;
      function(*thread, argument);
      return true;
    }
    return false;
  });
}

void Thread::for_each_thread(bool (*function)(Thread&, void*), void* argument) {
  the_threads.with([&](ThreadTable& table) {
    for (Thread* thread = table.threads.front(); thread; thread = table.threads.next(*thread)) {
      if (!function(*thread, argument)) return;
    }
  });
}

bool Thread::leave_table() {
  if (!is_program_) return false;
  return the_threads.with([&](ThreadTable& table) {
    table.threads.remove(*this);
    return --table.count == 0;
  });
}

unsigned program_thread_count() {
  return the_threads.with([](ThreadTable& table) { return table.count; });
}

void reap_exited_threads() {
  while (Thread* thread = the_scheduler.take_exited()) delete thread;
}

void yield() {
  the_scheduler.yield();
}

PreemptionGuard::PreemptionGuard() {
  InterruptGuard guard;
  ++current_thread().preemption_guards_;
}

PreemptionGuard::~PreemptionGuard() {
  InterruptGuard guard;
  Thread& thread = current_thread();
  if (--thread.preemption_guards_ == 0 && arch::this_cpu()->reschedule) the_scheduler.preempt();
}

Result<> set_affinity(Thread& thread, CpuSet allowed) {
  std::uint64_t existing = 0;
  for (unsigned index = 0; index < max_cpus; ++index) {
    if (online_cpu(index)) existing |= std::uint64_t{1} << index;
  }
  if ((allowed.bits & existing) == 0) return Error::invalid_argument;
  the_scheduler.set_affinity(thread, allowed);
  if (&thread == &current_thread()) the_scheduler.yield();
  return {};
}

CpuSet affinity(const Thread& thread) {
  return the_scheduler.affinity(thread);
}

std::uint64_t cpu_time_ns(Thread& thread) {
  return the_scheduler.cpu_time_ns(thread);
}

std::uint64_t program_cpu_time_ns() {
  return the_scheduler.program_cpu_time_ns();
}

}  // namespace nucleus
