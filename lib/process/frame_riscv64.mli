(* SPDX-License-Identifier: ISC *)

(** Signal frames of riscv64. Spec: [linux/uapi "asm/sigcontext.h", "asm/ucontext.h"] *)

include Handler_call.MACHINE
