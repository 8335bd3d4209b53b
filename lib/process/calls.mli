(* SPDX-License-Identifier: ISC *)

(** The system calls that processes make: Linux', by the numbers of this machine's architecture. Spec: [linux/uapi
    "asm/unistd.h"] *)

type t =
  | Read
  | Write
  | Readv
  | Writev
  | Lseek
  | Close
  | Ioctl
  | Fstat
  | Fcntl
  | Dup
  | Dup2
  | Dup3
  | Pipe
  | Pipe2
  | Open
  | Openat
  | Readlink
  | Readlinkat
  | Mmap
  | Mprotect
  | Munmap
  | Madvise
  | Brk
  | Exit
  | Exit_group
  | Clone
  | Fork
  | Vfork
  | Execve
  | Wait4
  | Kill
  | Futex
  | Set_tid_address
  | Set_robust_list
  | Gettid
  | Getpid
  | Getppid
  | Getuid
  | Geteuid
  | Getgid
  | Getegid
  | Sched_yield
  | Sched_getaffinity
  | Rt_sigaction
  | Rt_sigprocmask
  | Sigaltstack
  | Arch_prctl
  | Prctl
  | Prlimit
  | Clock_gettime
  | Nanosleep
  | Clock_nanosleep
  | Getrandom
  | Uname
  | Membarrier
  | Unknown

val of_number : int -> t

(** What calls answer in place of a result: Linux' error numbers, negative. *)

val eperm : int

val enoent : int
val esrch : int
val eintr : int
val e2big : int
val enoexec : int
val ebadf : int
val echild : int
val eagain : int
val enomem : int
val eacces : int
val efault : int
val enodev : int
val einval : int
val emfile : int
val enotty : int
val espipe : int
val epipe : int
val enosys : int
val etimedout : int
