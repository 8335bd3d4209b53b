// SPDX-License-Identifier: ISC

// What nucleus.h offers for processes: decoded here, done in Space and Vcpu.

#include "space.h"
#include "vcpu.h"

#include <machine/on_kernel_stack.h>

#include <nucleus/cpu.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

#include <arch/cpu.h>

#include <nucleus.h>

using namespace nucleus;

static_assert(NUCLEUS_USER_START == user_start && NUCLEUS_USER_END == user_end);
static_assert(NUCLEUS_PAGE_SIZE == page_size);

namespace {

int code_of(Error error) {
  switch (error) {
    case Error::out_of_memory:
      return NUCLEUS_NO_MEMORY;
    case Error::exists:
      return NUCLEUS_EXISTS;
    case Error::not_found:
      return NUCLEUS_NOT_FOUND;
    case Error::busy:
      return NUCLEUS_BUSY;
    default:
      return NUCLEUS_INVALID;
  }
}

Space& space_of(nucleus_user_space* space) {
  return *reinterpret_cast<Space*>(space);
}
Vcpu& vcpu_of(nucleus_vcpu* vcpu) {
  return *reinterpret_cast<Vcpu*>(vcpu);
}

Result<Access> decode_rights(unsigned rights) {
  constexpr unsigned all = NUCLEUS_READ | NUCLEUS_WRITE | NUCLEUS_EXECUTE;
  if ((rights & ~all) != 0) return Error::invalid_argument;
  return Access{.read = rights != 0,
                .write = (rights & NUCLEUS_WRITE) != 0,
                .execute = (rights & NUCLEUS_EXECUTE) != 0};
}

unsigned encode_rights(Access rights) {
  return (rights.read ? NUCLEUS_READ : 0) | (rights.write ? NUCLEUS_WRITE : 0) |
         (rights.execute ? NUCLEUS_EXECUTE : 0);
}

/// Performs function() on the kernel stack; returns its count, 0, or the error's code.
template <typename Function>
std::int64_t perform(Function function) {
  std::int64_t answer = 0;
  on_kernel_stack([&] {
    auto result = function();
    if (!result) {
      answer = code_of(result.error());
    } else if constexpr (!std::is_same_v<decltype(result), Result<>>) {
      answer = static_cast<std::int64_t>(result.value());
    }
  });
  return answer;
}

struct Run {
  Vcpu& vcpu;
  std::uint64_t deadline_ns;
  Vcpu::Until until;
  Cpu* cpu = nullptr;
  int answer = 0;

  void perform() {
    const Result<nucleus_exit> how = vcpu.run_here(*cpu, deadline_ns, until);
    answer = how ? how.value() : code_of(how.error());
  }
};

int run(nucleus_vcpu* vcpu, std::uint64_t deadline_ns, Vcpu::Until until) {
  Run run{vcpu_of(vcpu), deadline_ns, until};
  on_kernel_stack_of_cpu(run);
  return run.answer;
}

}  // namespace

nucleus_user_space* nucleus_space_create() {
  Space* made = nullptr;
  on_kernel_stack([&] {
    if (auto space = Space::create()) made = space.take().release();
  });
  return reinterpret_cast<nucleus_user_space*>(made);
}

void nucleus_space_clear(nucleus_user_space* space) {
  on_kernel_stack([&] { space_of(space).clear(); });
}

void nucleus_space_release(nucleus_user_space* space) {
  on_kernel_stack([&] {
    space_of(space).clear();
    (void)Ref<Space>::adopt(&space_of(space));
  });
}

int nucleus_space_map(nucleus_user_space* space, uint64_t at, uint64_t pages, unsigned rights) {
  return static_cast<int>(
      perform([&]() -> Result<> { return space_of(space).map({at}, pages, TRY(decode_rights(rights))); }));
}

int64_t nucleus_space_share(nucleus_user_space* from, uint64_t at, nucleus_user_space* to, uint64_t to_at,
                            uint64_t pages, unsigned rights) {
  return perform([&]() -> Result<std::size_t> {
    return Space::share(space_of(from), {at}, space_of(to), {to_at}, pages, TRY(decode_rights(rights)));
  });
}

int nucleus_space_protect(nucleus_user_space* space, uint64_t at, uint64_t pages, unsigned rights) {
  return static_cast<int>(perform(
      [&]() -> Result<> { return space_of(space).protect({at}, pages, TRY(decode_rights(rights))); }));
}

int nucleus_space_unmap(nucleus_user_space* space, uint64_t at, uint64_t pages) {
  return static_cast<int>(perform([&] { return space_of(space).unmap({at}, pages); }));
}

int nucleus_space_unshare(nucleus_user_space* space, uint64_t at, unsigned rights) {
  return static_cast<int>(
      perform([&]() -> Result<> { return space_of(space).unshare({at}, TRY(decode_rights(rights))); }));
}

int nucleus_space_query(nucleus_user_space* space, uint64_t at) {
  return static_cast<int>(perform([&]() -> Result<unsigned> {
    const Space::Page page = TRY(space_of(space).query({at}));
    return encode_rights(page.rights) | (page.shared ? NUCLEUS_SHARED : 0);
  }));
}

int64_t nucleus_space_next(nucleus_user_space* space, uint64_t at, uint64_t pages) {
  return perform([&]() -> Result<std::uint64_t> { return TRY(space_of(space).next({at}, pages)).value; });
}

uint64_t nucleus_space_copy_in(nucleus_user_space* space, uint64_t at, void* to, uint64_t size) {
  return static_cast<uint64_t>(
      perform([&]() -> Result<std::size_t> { return space_of(space).copy_in({at}, to, size); }));
}

uint64_t nucleus_space_copy_out(nucleus_user_space* space, uint64_t at, const void* from, uint64_t size) {
  return static_cast<uint64_t>(
      perform([&]() -> Result<std::size_t> { return space_of(space).copy_out({at}, from, size); }));
}

uint64_t nucleus_space_pages(const nucleus_user_space* space) {
  return reinterpret_cast<const Space*>(space)->page_count();
}
uint64_t nucleus_space_tables(const nucleus_user_space* space) {
  return reinterpret_cast<const Space*>(space)->table_count();
}

const nucleus_user_abi* nucleus_user_abi_here() {
  return &arch::user_abi;
}

nucleus_vcpu* nucleus_vcpu_create(nucleus_user_space* space) {
  Vcpu* made = nullptr;
  on_kernel_stack([&] {
    if (auto vcpu = Vcpu::create(Ref<Space>::share(&space_of(space)))) made = vcpu.value();
  });
  return reinterpret_cast<nucleus_vcpu*>(made);
}

void nucleus_vcpu_release(nucleus_vcpu* vcpu) {
  on_kernel_stack([&] { delete &vcpu_of(vcpu); });
}

nucleus_user_registers* nucleus_vcpu_registers(nucleus_vcpu* vcpu) {
  return &vcpu_of(vcpu).registers();
}

int nucleus_vcpu_run(nucleus_vcpu* vcpu, uint64_t deadline_ns) {
  return run(vcpu, deadline_ns, Vcpu::Until::exit);
}

const nucleus_user_fault* nucleus_vcpu_fault(const nucleus_vcpu* vcpu) {
  return &reinterpret_cast<const Vcpu*>(vcpu)->fault();
}

int nucleus_vcpu_run_alone(nucleus_vcpu* vcpu, uint64_t deadline_ns) {
  if (online_cpu_count() > 1) return NUCLEUS_EXIT_AGAIN;
  return run(vcpu, deadline_ns, Vcpu::Until::interrupt);
}

int nucleus_vcpu_run_briefly(nucleus_vcpu* vcpu, uint64_t deadline_ns) {
  return run(vcpu, deadline_ns, Vcpu::Until::switch_due);
}

uint64_t nucleus_thread_time_ns() {
  std::uint64_t time_ns = 0;
  on_kernel_stack([&] { time_ns = cpu_time_ns(current_thread()); });
  return time_ns;
}

uint64_t nucleus_thread_switches() {
  return arch::this_cpu()->thread_switches;
}

void nucleus_vcpu_kick(nucleus_vcpu* vcpu) {
  on_kernel_stack([&] { vcpu_of(vcpu).kick(); });
}

uint64_t nucleus_monotonic_ns() {
  return monotonic_ns();
}

int nucleus_vcpu_copy_fp(nucleus_vcpu* to, const nucleus_vcpu* from) {
  auto* const source = const_cast<nucleus_vcpu*>(from);
  return static_cast<int>(perform([&] { return vcpu_of(to).copy_fp(vcpu_of(source)); }));
}

uint64_t nucleus_vcpu_fp_size() {
  return arch::fp_state_size();
}

int nucleus_vcpu_get_fp(nucleus_vcpu* vcpu, void* to) {
  return static_cast<int>(perform([&] { return vcpu_of(vcpu).get_fp(to); }));
}

int nucleus_vcpu_set_fp(nucleus_vcpu* vcpu, const void* from) {
  return static_cast<int>(perform([&] { return vcpu_of(vcpu).set_fp(from); }));
}
