// SPDX-License-Identifier: ISC

// How program threads come and go: the libc's clone and __unmapself.

#include <nucleus/address_space.h>
#include <nucleus/entry.h>
#include <nucleus/thread.h>

namespace nucleus {

namespace {

// Linux' flags.  Spec: [linux/uapi "linux/sched.h"]
enum CloneFlag : unsigned long {
  clone_vm = 0x100,
  clone_sighand = 0x800,
  clone_thread = 0x10000,
  clone_set_tls = 0x80000,
  clone_parent_set_tid = 0x100000,
  clone_child_clear_tid = 0x200000,
  clone_child_set_tid = 0x1000000,
};

struct CloneRequest {
  unsigned long flags = 0;
  VirtAddr stack{};
  VirtAddr parent_tid{};
  VirtAddr child_tid{};
  std::uintptr_t thread_pointer = 0;
  std::uintptr_t entry = 0;
};

Result<ThreadId> clone(const CloneRequest& request) {
  // Only threads: a process would need an address space of its own.
  constexpr unsigned long needed = clone_vm | clone_sighand | clone_thread;
  if ((request.flags & needed) != needed) return Error::not_implemented;
  if (request.flags & clone_parent_set_tid) TRY(check_writable(request.parent_tid, sizeof(ThreadId)));
  if (request.flags & clone_child_set_tid) TRY(check_writable(request.child_tid, sizeof(ThreadId)));

  const std::uintptr_t tp = request.flags & clone_set_tls ? request.thread_pointer : 0;
  Thread* const thread = TRY(Thread::create_program(request.entry, request.stack.value, tp));
  const ThreadId id = thread->id();
  // The new thread may look at these at once, so they are written before it starts.
  if (request.flags & clone_parent_set_tid) (void)store_to_program(request.parent_tid, id);
  if (request.flags & clone_child_set_tid) (void)store_to_program(request.child_tid, id);
  if (request.flags & clone_child_clear_tid) thread->clear_child_tid = request.child_tid.value;
  thread->start();
  return id;
}

}  // namespace

}  // namespace nucleus

long nucleus_enter_clone(unsigned long flags, void* stack, int* parent_tid, int* child_tid, void* tls,
                         void (*entry)()) {
  using namespace nucleus;
  const Result<ThreadId> id = clone({.flags = flags,
                                     .stack = VirtAddr::of(stack),
                                     .parent_tid = VirtAddr::of(parent_tid),
                                     .child_tid = VirtAddr::of(child_tid),
                                     .thread_pointer = reinterpret_cast<std::uintptr_t>(tls),
                                     .entry = reinterpret_cast<std::uintptr_t>(entry)});
  if (id) return id.value();
  // Linux' EINVAL, and EAGAIN: what pthread_create expects when threads run out.
  return id.error() == Error::not_implemented || id.error() == Error::bad_address ? -22 : -11;
}

void nucleus_enter_unmap_and_exit(void* base, std::size_t length) {
  using namespace nucleus;
  // It is the libc's own stack: the kernel stack is another.
  (void)program_memory::unmap(VirtAddr::of(base), align_up(length, page_size));
  exit_thread();
}
