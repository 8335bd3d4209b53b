// SPDX-License-Identifier: ISC

// a0 = satp, a1 = the kernel's entry, a2 = stack. The kernel's tables do not map the loader: the fetch behind the switch
// faults, and the trap vector is the kernel's entry.
  .text
  .balign 4
  .global cross_over
cross_over:
  csrci sstatus, 2                     // SIE
  csrw sie, zero
  li t0, 0x6000                        // FS
  csrc sstatus, t0
  mv sp, a2
  csrw stvec, a1
  mv t0, a0
  .irp r, ra, gp, tp, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
  mv \r, zero
  .endr
  sfence.vma
  csrw satp, t0
  sfence.vma
1: j 1b

  .section .note.GNU-stack, "", %progbits
