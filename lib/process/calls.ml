(* SPDX-License-Identifier: ISC *)

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

(* The call, its number on x86_64, and that elsewhere; -1: it has none. *)
let numbers =
  [
    (Read, 0, 63);
    (Write, 1, 64);
    (Readv, 19, 65);
    (Writev, 20, 66);
    (Lseek, 8, 62);
    (Close, 3, 57);
    (Ioctl, 16, 29);
    (Fstat, 5, 80);
    (Fcntl, 72, 25);
    (Dup, 32, 23);
    (Dup2, 33, -1);
    (Dup3, 292, 24);
    (Pipe, 22, -1);
    (Pipe2, 293, 59);
    (Open, 2, -1);
    (Openat, 257, 56);
    (Readlink, 89, -1);
    (Readlinkat, 267, 78);
    (Mmap, 9, 222);
    (Mprotect, 10, 226);
    (Munmap, 11, 215);
    (Madvise, 28, 233);
    (Brk, 12, 214);
    (Exit, 60, 93);
    (Exit_group, 231, 94);
    (Clone, 56, 220);
    (Fork, 57, -1);
    (Vfork, 58, -1);
    (Execve, 59, 221);
    (Wait4, 61, 260);
    (Kill, 62, 129);
    (Futex, 202, 98);
    (Set_tid_address, 218, 96);
    (Set_robust_list, 273, 99);
    (Gettid, 186, 178);
    (Getpid, 39, 172);
    (Getppid, 110, 173);
    (Getuid, 102, 174);
    (Geteuid, 107, 175);
    (Getgid, 104, 176);
    (Getegid, 108, 177);
    (Sched_yield, 24, 124);
    (Sched_getaffinity, 204, 123);
    (Rt_sigaction, 13, 134);
    (Rt_sigprocmask, 14, 135);
    (Sigaltstack, 131, 132);
    (Arch_prctl, 158, -1);
    (Prctl, 157, 167);
    (Prlimit, 302, 261);
    (Clock_gettime, 228, 113);
    (Nanosleep, 35, 101);
    (Clock_nanosleep, 230, 115);
    (Getrandom, 318, 278);
    (Uname, 63, 160);
    (Membarrier, 324, 283);
  ]

let elf_x86_64 = 62
let highest = 512

let by_number =
  let table = Array.make highest Unknown in
  let put (call, x86_64, generic) =
    let number = if Space.machine = elf_x86_64 then x86_64 else generic in
    if number >= 0 then table.(number) <- call
  in
  List.iter put numbers;
  table

let of_number number = if number >= 0 && number < highest then Array.unsafe_get by_number number else Unknown
let eperm = -1
let enoent = -2
let esrch = -3
let eintr = -4
let e2big = -7
let enoexec = -8
let ebadf = -9
let echild = -10
let eagain = -11
let enomem = -12
let eacces = -13
let efault = -14
let enodev = -19
let einval = -22
let emfile = -24
let enotty = -25
let espipe = -29
let epipe = -32
let enosys = -38
let etimedout = -110
