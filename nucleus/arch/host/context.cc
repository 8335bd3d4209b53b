// SPDX-License-Identifier: ISC

#include <arch/context.h>

#include <pthread.h>
#include <semaphore.h>
#include <cstdlib>
#include <cstring>

namespace arch {

/// A host thread and its turn: it runs after its semaphore was posted, until it posts another's.
class HostThread {
 public:
  HostThread() { sem_init(&turn_, 0, 0); }
  HostThread(void (*entry)(void*), void* argument) : entry_{entry}, argument_{argument} {
    sem_init(&turn_, 0, 0);
  }

  void give_turn() {
    if (entry_ && !started_) {
      started_ = true;
      pthread_t thread;
      if (pthread_create(&thread, nullptr, run, this) != 0) std::abort();
      pthread_detach(thread);
      return;
    }
    sem_post(&turn_);
  }
  void wait_for_turn() {
    while (sem_wait(&turn_) != 0) {
    }
  }

 private:
  static void* run(void* self) {
    auto* const thread = static_cast<HostThread*>(self);
    thread->entry_(thread->argument_);
    return nullptr;
  }

  sem_t turn_;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool started_ = false;
};

void make_context(Context& context, std::byte* /*stack_top*/, void (*entry)(void*), void* argument) {
  context.thread = new HostThread{entry, argument};
}

void switch_context(Context& from, Context& to) {
  if (!from.thread) from.thread = new HostThread;
  // `from` may be gone when its thread is never given another turn.
  HostThread* const self = from.thread;
  to.thread->give_turn();
  self->wait_for_turn();
}

void enter_program(std::uintptr_t pc, std::uintptr_t /*sp*/) {
  reinterpret_cast<void (*)()>(pc)();
  std::abort();
}

void call_on_stack(std::byte* /*stack_top*/, void (*function)(void*), void* argument) {
  function(argument);
}

std::size_t fp_state_size() {
  return 64;
}
void fp_init(void* area) {
  std::memset(area, 0, fp_state_size());
}
void fp_save(void*) {}
void fp_restore(void*) {}
void fp_save_callee(void*) {}
void fp_restore_callee(void*) {}

namespace {
std::uintptr_t the_thread_pointer = 0;
}

std::uintptr_t thread_pointer() {
  return the_thread_pointer;
}
void set_thread_pointer(std::uintptr_t value) {
  the_thread_pointer = value;
}

}  // namespace arch
