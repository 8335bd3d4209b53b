// SPDX-License-Identifier: ISC
//
// Instructions that no user may have, or that do not exist, each with the signal that it ends by on Linux.

#include "harness.h"

struct instruction {
  const char* name;
  void (*body)(void*);
  int signal;  // 0: it is harmless
};

#define DO(name, text)             \
  static void name(void* unused) { \
    (void)unused;                  \
    __asm__ volatile(text);        \
  }

static void each(const struct instruction* list, size_t count) {
  for (size_t i = 0; i < count; i++)
    expect_end(list[i].name, list[i].body, NULL,
               list[i].signal == any ? any
               : list[i].signal      ? list[i].signal
                                     : exited(0));
}

#if defined(__x86_64__)

DO(halt, "hlt")
DO(no_interrupts, "cli")
DO(interrupts, "sti")
DO(read_cr0, "mov %cr0, %rax")
DO(read_cr3, "mov %cr3, %rax")
DO(write_cr3, "mov %rax, %cr3")
DO(write_cr4, "mov %rax, %cr4")
DO(read_dr7, "mov %dr7, %rax")
DO(write_dr0, "mov %rax, %dr0")
DO(read_msr, "mov $0xc0000080, %ecx; rdmsr")
DO(write_lstar, "mov $0xc0000082, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr")
DO(write_gs_base, "mov $0xc0000102, %ecx; wrmsr")
DO(load_gdt, "lgdt (%rsp)")
DO(load_idt, "lidt (%rsp)")
DO(load_ldt, "mov $0x28, %eax; lldt %ax")
DO(load_task, "mov $0x28, %eax; ltr %ax")
DO(flush_page, "invlpg (%rsp)")
DO(flush_caches, "wbinvd")
DO(swap_gs, "swapgs")
DO(return_from_call, "xor %ecx, %ecx; sysretq")
DO(return_from_interrupt, "pushq $0; pushq $0; pushq $0; pushq $0; pushq $0; iretq")
DO(return_to_kernel,
   "pushq $0x10; pushq $0x1000; pushq $2; pushq $0x8; mov $0xffffffff80200000, %rax; push %rax; iretq")
DO(far_return, "pushq $0; pushq $0; lretq")
DO(interrupt_gate, "int $0xf1")
DO(interrupt_page_fault, "int $14")
DO(interrupt_double_fault, "int $8")
DO(kernel_stack_segment, "mov $0x10, %eax; mov %eax, %ss")
DO(kernel_data_segment, "mov $0x10, %eax; mov %eax, %ds")
DO(stop_smap, "stac")
DO(monitor, "monitor")
DO(extended_state, "xor %ecx, %ecx; xor %eax, %eax; xor %edx, %edx; xsetbv")
DO(counter, "xor %ecx, %ecx; rdpmc")
DO(task_switched, "clts")
static const struct instruction privileged[] = {
    {"hlt", halt, SIGSEGV},
    {"cli", no_interrupts, SIGSEGV},
    {"sti", interrupts, SIGSEGV},
    {"mov from cr0", read_cr0, SIGSEGV},
    {"mov from cr3", read_cr3, SIGSEGV},
    {"mov to cr3", write_cr3, SIGSEGV},
    {"mov to cr4", write_cr4, SIGSEGV},
    {"mov from dr7", read_dr7, SIGSEGV},
    {"mov to dr0", write_dr0, SIGSEGV},
    {"rdmsr", read_msr, SIGSEGV},
    {"wrmsr LSTAR", write_lstar, SIGSEGV},
    {"wrmsr GS base", write_gs_base, SIGSEGV},
    {"lgdt", load_gdt, SIGSEGV},
    {"lidt", load_idt, SIGSEGV},
    {"lldt", load_ldt, SIGSEGV},
    {"ltr", load_task, SIGSEGV},
    {"invlpg", flush_page, SIGSEGV},
    {"wbinvd", flush_caches, SIGSEGV},
    {"swapgs", swap_gs, SIGSEGV},
    {"sysretq", return_from_call, SIGSEGV},
    {"iretq", return_from_interrupt, SIGSEGV},
    {"iretq to the kernel", return_to_kernel, SIGSEGV},
    {"lretq", far_return, SIGSEGV},
    {"int 0xf1", interrupt_gate, SIGSEGV},
    {"int 14", interrupt_page_fault, SIGSEGV},
    {"int 8", interrupt_double_fault, SIGSEGV},
    {"ss of the kernel", kernel_stack_segment, SIGSEGV},
    {"ds of the kernel", kernel_data_segment, SIGSEGV},
    {"stac", stop_smap, SIGILL},
    {"monitor", monitor, SIGILL},
    {"xsetbv", extended_state, SIGSEGV},
    {"rdpmc", counter, SIGSEGV},
    {"clts", task_switched, SIGSEGV},
};

DO(in_byte, "in $0x60, %al")
DO(in_word, "mov $0xcf8, %edx; in %dx, %eax")
DO(out_byte, "out %al, $0x70")
DO(out_word, "mov $0xcf8, %edx; out %eax, %dx")
DO(out_power, "mov $0x604, %edx; mov $0x2000, %eax; out %ax, %dx")
DO(in_string, "mov %rsp, %rdi; mov $0x60, %edx; mov $1, %ecx; rep insb")
DO(out_string, "mov %rsp, %rsi; mov $0x80, %edx; mov $1, %ecx; rep outsb")
DO(gs_base, "mov $0x8000000000000000, %rax; wrgsbase %rax")
DO(segments,
   "mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %fs; mov %eax, %gs; mov $231, %eax; xor %edi, "
   "%edi; syscall")
DO(levels, "pushfq; orq $0x3000, (%rsp); popfq")
static const struct instruction registers[] = {
    {"in", in_byte, SIGSEGV},
    {"in of a configuration", in_word, SIGSEGV},
    {"out", out_byte, SIGSEGV},
    {"out of a configuration", out_word, SIGSEGV},
    {"out that powers off", out_power, SIGSEGV},
    {"insb", in_string, SIGSEGV},
    {"outsb", out_string, SIGSEGV},
    {"a strange GS base", gs_base, any},  // emulators take it, and then the kernel refuses
    {"other segments", segments, 0},
    {"I/O privilege by flags", levels, 0},
};

DO(undefined_2, "ud2")
DO(undefined_1, ".byte 0x0f, 0xb9, 0xc0")
DO(invalid_push, ".byte 0x06")
DO(lock_of_register, ".byte 0xf0, 0x48, 0x89, 0xc0")
DO(division, "xor %edx, %edx; xor %ecx, %ecx; mov $1, %eax; div %ecx")
DO(division_overflow, "mov $0x80000000, %eax; mov $-1, %edx; mov $-1, %ecx; idiv %ecx")
DO(unaligned_vector, "movaps 1(%rsp), %xmm0")
DO(alignment_check, "pushfq; orq $0x40000, (%rsp); popfq; mov 1(%rsp), %rax")
DO(breakpoint, "int3")
static const struct instruction undefined[] = {
    {"ud2", undefined_2, SIGILL},
    {"ud1", undefined_1, SIGILL},
    {"push es", invalid_push, SIGILL},
    {"lock mov", lock_of_register, any},  // emulators do not look
    {"division by zero", division, SIGFPE},
    {"division that overflows", division_overflow, SIGFPE},
    {"movaps that is not aligned", unaligned_vector, SIGSEGV},
    {"alignment check", alignment_check, any},  // nor there
};

DO(single_step, "pushfq; orq $0x100, (%rsp); popfq; nop; nop")
DO(single_step_into_call, "pushfq; orq $0x100, (%rsp); popfq; mov $39, %eax; syscall")
DO(trap_1, ".byte 0xf1")
DO(nested_flag, "pushfq; orq $0x4000, (%rsp); popfq; xor %eax, %eax")
DO(resume_flag, "pushfq; orq $0x10000, (%rsp); popfq; nop")
static const struct instruction stepping[] = {
    {"int3", breakpoint, SIGTRAP},
    {"the trap flag", single_step, SIGTRAP},
    {"the trap flag before a call", single_step_into_call, SIGTRAP},
    {"int1", trap_1, any},
    {"the nested task flag", nested_flag, 0},
    {"the resume flag", resume_flag, 0},
};

#elif defined(__aarch64__)

DO(mask_interrupts, "msr daifset, #15")
DO(unmask_interrupts, "msr daifclr, #15")
DO(read_masks, "mrs x0, daif")
DO(hypervisor_call, "hvc #0")
DO(monitor_call, "smc #0")
DO(exception_return, "eret")
DO(flush_translations, "tlbi vmalle1")
DO(flush_page, "tlbi vae1is, x0")
DO(choose_stack, "msr spsel, #0")
DO(invalidate_code, "ic iallu")
DO(invalidate_data, "dc ivac, x0")
DO(by_set, "dc cisw, x0")
DO(translate, "at s1e1r, x0")
DO(privileged_access, ".inst 0xd500419f")
static const struct instruction privileged[] = {
    {"msr daifset", mask_interrupts, SIGILL},
    {"msr daifclr", unmask_interrupts, SIGILL},
    {"mrs daif", read_masks, SIGILL},
    {"hvc", hypervisor_call, SIGILL},
    {"smc", monitor_call, SIGILL},
    {"eret", exception_return, SIGILL},
    {"tlbi vmalle1", flush_translations, SIGILL},
    {"tlbi vae1is", flush_page, SIGILL},
    {"msr spsel", choose_stack, SIGILL},
    {"ic iallu", invalidate_code, SIGILL},
    {"dc ivac", invalidate_data, SIGILL},
    {"dc cisw", by_set, SIGILL},
    {"at s1e1r", translate, SIGILL},
    {"msr pan", privileged_access, SIGILL},
};

DO(read_table, "mrs x0, ttbr0_el1")
DO(write_table, "msr ttbr1_el1, x0")
DO(read_cause, "mrs x0, esr_el1")
DO(write_thread, "msr tpidr_el1, x0")
DO(write_vectors, "msr vbar_el1, x0")
DO(read_control, "mrs x0, sctlr_el1")
DO(write_control, "msr sctlr_el1, x0")
DO(read_saved, "mrs x0, spsr_el1")
DO(write_link, "msr elr_el1, x0")
DO(kernel_stack, "mrs x0, sp_el0")
DO(cycles, "mrs x0, pmccntr_el0")
DO(write_timer, "msr cntv_ctl_el0, x0")
DO(kernel_timer, "msr cntp_cval_el0, x0")
DO(debug_control, "mrs x0, mdscr_el1")
DO(interrupt_controller, "mrs x0, S3_0_C12_C12_0")
DO(hypervisor_register, "mrs x0, hcr_el2")
static const struct instruction registers[] = {
    {"ttbr0_el1", read_table, SIGILL},
    {"ttbr1_el1", write_table, SIGILL},
    {"esr_el1", read_cause, SIGILL},
    {"tpidr_el1", write_thread, SIGILL},
    {"vbar_el1", write_vectors, SIGILL},
    {"sctlr_el1", read_control, SIGILL},
    {"sctlr_el1, written", write_control, SIGILL},
    {"spsr_el1", read_saved, SIGILL},
    {"elr_el1", write_link, SIGILL},
    {"sp_el0", kernel_stack, SIGILL},
    {"pmccntr_el0", cycles, SIGILL},
    {"cntv_ctl_el0", write_timer, SIGILL},
    {"cntp_cval_el0", kernel_timer, SIGILL},
    {"mdscr_el1", debug_control, SIGILL},
    {"icc_iar1_el1", interrupt_controller, SIGILL},
    {"hcr_el2", hypervisor_register, SIGILL},
};

DO(undefined_0, "udf #0")
DO(unallocated, ".inst 0xffffffff")
DO(halting, "hlt #0")
DO(unaligned_pc, "adr x0, .; add x0, x0, #2; br x0")
DO(unaligned_stack, "add sp, sp, #8; ldr x0, [sp]")
DO(unaligned_exclusive, "add x0, sp, #1; ldxr x1, [x0]")
DO(unaligned_load, "sub sp, sp, #32; add x0, sp, #1; ldr x1, [x0]; add sp, sp, #32")
static const struct instruction undefined[] = {
    {"udf", undefined_0, SIGILL},
    {"an unallocated word", unallocated, SIGILL},
    {"hlt", halting, SIGILL},
    {"a pc that is not aligned", unaligned_pc, SIGBUS},
    {"a stack that is not aligned", unaligned_stack, any},  // emulators do not look
    {"an exclusive load that is not aligned", unaligned_exclusive, SIGBUS},
    {"a plain load that is not aligned", unaligned_load, 0},
};

DO(breakpoint, "brk #0")
DO(breakpoint_other, "brk #0xffff")
static const struct instruction stepping[] = {
    {"brk", breakpoint, SIGTRAP},
    {"brk 0xffff", breakpoint_other, SIGTRAP},
};

#else

DO(supervisor_return, "sret")
DO(machine_return, ".4byte 0x30200073")
DO(fence_tables, "sfence.vma")
DO(guest_load, ".4byte 0x6c004073")
DO(mask_interrupts, "csrci sstatus, 2")
static const struct instruction privileged[] = {
    {"sret", supervisor_return, SIGILL},        {"mret", machine_return, SIGILL},
    {"sfence.vma", fence_tables, SIGILL},       {"hlv.d", guest_load, SIGILL},
    {"csrci sstatus", mask_interrupts, SIGILL},
};

DO(read_status, "csrr a0, sstatus")
DO(write_status, "csrw sstatus, a0")
DO(write_scratch, "csrw sscratch, a0")
DO(write_table, "csrw satp, zero")
DO(read_table, "csrr a0, satp")
DO(write_vector, "csrw stvec, zero")
DO(read_cause, "csrr a0, scause")
DO(write_pc, "csrw sepc, a0")
DO(pending, "csrr a0, sip")
DO(enabled, "csrw sie, a0")
DO(counters, "csrw scounteren, a0")
DO(hart, "csrr a0, mhartid")
DO(machine_status, "csrr a0, mstatus")
DO(physical_protection, "csrw pmpcfg0, a0")
DO(entropy, "csrw 0x015, zero")
DO(none_such, "csrr a0, 0x8ff")
DO(write_cycle, "csrw cycle, a0")
static const struct instruction registers[] = {
    {"sstatus", read_status, SIGILL},
    {"sstatus, written", write_status, SIGILL},
    {"sscratch", write_scratch, SIGILL},
    {"satp, written", write_table, SIGILL},
    {"satp", read_table, SIGILL},
    {"stvec", write_vector, SIGILL},
    {"scause", read_cause, SIGILL},
    {"sepc", write_pc, SIGILL},
    {"sip", pending, SIGILL},
    {"sie", enabled, SIGILL},
    {"scounteren", counters, SIGILL},
    {"mhartid", hart, SIGILL},
    {"mstatus", machine_status, SIGILL},
    {"pmpcfg0", physical_protection, SIGILL},
    {"seed", entropy, SIGILL},
    {"none such", none_such, SIGILL},
    {"cycle, written", write_cycle, SIGILL},
};

DO(zeros, ".2byte 0")
DO(ones, ".4byte 0xffffffff")
DO(unimplemented, "unimp")
DO(bad_rounding, ".4byte 0x02005053 | (5 << 12)")
DO(unaligned_atomic, "addi a0, sp, 1; amoadd.d zero, zero, (a0)")
DO(unaligned_load, "addi sp, sp, -32; addi a0, sp, 1; ld a1, (a0); addi sp, sp, 32")
static const struct instruction undefined[] = {
    {"zeros", zeros, SIGILL},
    {"ones", ones, SIGILL},
    {"unimp", unimplemented, SIGILL},
    {"a rounding that there is not", bad_rounding, SIGILL},
    {"an atomic that is not aligned", unaligned_atomic, any},
    {"a plain load that is not aligned", unaligned_load, 0},
};

DO(breakpoint, "ebreak")
DO(breakpoint_short, "c.ebreak")
static const struct instruction stepping[] = {
    {"ebreak", breakpoint, SIGTRAP},
    {"c.ebreak", breakpoint_short, SIGTRAP},
};

#endif

void instructions_class(void) {
  each(privileged, COUNT(privileged));
}
void registers_class(void) {
  each(registers, COUNT(registers));
#if defined(__x86_64__)
  check("iopl", CALL(iopl, 3) < 0);
  check("ioperm", CALL(ioperm, 0x60, 1, 1) < 0);
  check("arch_prctl with a GS base of the kernel", CALL(arch_prctl, 0x1001, kernel_addresses[0]) < 0);
  check("arch_prctl with an FS base of the kernel", CALL(arch_prctl, 0x1002, kernel_addresses[0]) < 0);
#endif
}
void undefined_class(void) {
  each(undefined, COUNT(undefined));
}
void stepping_class(void) {
  each(stepping, COUNT(stepping));
}
