(* SPDX-License-Identifier: ISC *)

type t =
  | Read
  | Write
  | Readv
  | Writev
  | Pread64
  | Pwrite64
  | Preadv
  | Pwritev
  | Lseek
  | Close
  | Close_range
  | Ioctl
  | Fcntl
  | Flock
  | Dup
  | Dup2
  | Dup3
  | Pipe
  | Pipe2
  | Fsync
  | Fdatasync
  | Sync
  | Ftruncate
  | Truncate
  | Fallocate
  | Fadvise64
  | Sendfile
  | Open
  | Creat
  | Openat
  | Openat2
  | Stat
  | Lstat
  | Fstat
  | Newfstatat
  | Statx
  | Statfs
  | Fstatfs
  | Getdents64
  | Access
  | Faccessat
  | Faccessat2
  | Readlink
  | Readlinkat
  | Mkdir
  | Mkdirat
  | Rmdir
  | Unlink
  | Unlinkat
  | Rename
  | Renameat
  | Renameat2
  | Link
  | Linkat
  | Symlink
  | Symlinkat
  | Chmod
  | Fchmod
  | Fchmodat
  | Chown
  | Lchown
  | Fchown
  | Fchownat
  | Utimensat
  | Getcwd
  | Chdir
  | Fchdir
  | Umask
  | Poll
  | Ppoll
  | Select
  | Pselect6
  | Epoll_create
  | Epoll_create1
  | Epoll_ctl
  | Epoll_wait
  | Epoll_pwait
  | Eventfd
  | Eventfd2
  | Timerfd_create
  | Timerfd_settime
  | Timerfd_gettime
  | Socketpair
  | Recvfrom
  | Sendto
  | Shutdown
  | Mmap
  | Mprotect
  | Munmap
  | Mremap
  | Madvise
  | Msync
  | Brk
  | Exit
  | Exit_group
  | Clone
  | Fork
  | Vfork
  | Execve
  | Wait4
  | Waitid
  | Futex
  | Set_tid_address
  | Set_robust_list
  | Gettid
  | Getpid
  | Getppid
  | Getpgrp
  | Getpgid
  | Setpgid
  | Getsid
  | Setsid
  | Getuid
  | Geteuid
  | Getgid
  | Getegid
  | Getgroups
  | Setuid
  | Setgid
  | Sched_yield
  | Sched_getaffinity
  | Arch_prctl
  | Prctl
  | Prlimit64
  | Getpriority
  | Setpriority
  | Getrlimit
  | Setrlimit
  | Getrusage
  | Times
  | Sysinfo
  | Uname
  | Getrandom
  | Rt_sigaction
  | Rt_sigprocmask
  | Rt_sigpending
  | Rt_sigsuspend
  | Rt_sigtimedwait
  | Rt_sigreturn
  | Sigaltstack
  | Pause
  | Kill
  | Tkill
  | Tgkill
  | Getitimer
  | Setitimer
  | Alarm
  | Clock_gettime
  | Clock_getres
  | Gettimeofday
  | Time
  | Nanosleep
  | Clock_nanosleep
  | Unknown

(* The call, its number on x86_64, and that elsewhere; -1: it has none. *)
let numbers =
  [
    (Read, 0, 63);
    (Write, 1, 64);
    (Readv, 19, 65);
    (Writev, 20, 66);
    (Pread64, 17, 67);
    (Pwrite64, 18, 68);
    (Preadv, 295, 69);
    (Pwritev, 296, 70);
    (Lseek, 8, 62);
    (Close, 3, 57);
    (Close_range, 436, 436);
    (Ioctl, 16, 29);
    (Fcntl, 72, 25);
    (Flock, 73, 32);
    (Dup, 32, 23);
    (Dup2, 33, -1);
    (Dup3, 292, 24);
    (Pipe, 22, -1);
    (Pipe2, 293, 59);
    (Fsync, 74, 82);
    (Fdatasync, 75, 83);
    (Sync, 162, 81);
    (Ftruncate, 77, 46);
    (Truncate, 76, 45);
    (Fallocate, 285, 47);
    (Fadvise64, 221, 223);
    (Sendfile, 40, 71);
    (Open, 2, -1);
    (Creat, 85, -1);
    (Openat, 257, 56);
    (Openat2, 437, 437);
    (Stat, 4, -1);
    (Lstat, 6, -1);
    (Fstat, 5, 80);
    (Newfstatat, 262, 79);
    (Statx, 332, 291);
    (Statfs, 137, 43);
    (Fstatfs, 138, 44);
    (Getdents64, 217, 61);
    (Access, 21, -1);
    (Faccessat, 269, 48);
    (Faccessat2, 439, 439);
    (Readlink, 89, -1);
    (Readlinkat, 267, 78);
    (Mkdir, 83, -1);
    (Mkdirat, 258, 34);
    (Rmdir, 84, -1);
    (Unlink, 87, -1);
    (Unlinkat, 263, 35);
    (Rename, 82, -1);
    (Renameat, 264, 38);
    (Renameat2, 316, 276);
    (Link, 86, -1);
    (Linkat, 265, 37);
    (Symlink, 88, -1);
    (Symlinkat, 266, 36);
    (Chmod, 90, -1);
    (Fchmod, 91, 52);
    (Fchmodat, 268, 53);
    (Chown, 92, -1);
    (Lchown, 94, -1);
    (Fchown, 93, 55);
    (Fchownat, 260, 54);
    (Utimensat, 280, 88);
    (Getcwd, 79, 17);
    (Chdir, 80, 49);
    (Fchdir, 81, 50);
    (Umask, 95, 166);
    (Poll, 7, -1);
    (Ppoll, 271, 73);
    (Select, 23, -1);
    (Pselect6, 270, 72);
    (Epoll_create, 213, -1);
    (Epoll_create1, 291, 20);
    (Epoll_ctl, 233, 21);
    (Epoll_wait, 232, -1);
    (Epoll_pwait, 281, 22);
    (Eventfd, 284, -1);
    (Eventfd2, 290, 19);
    (Timerfd_create, 283, 85);
    (Timerfd_settime, 286, 86);
    (Timerfd_gettime, 287, 87);
    (Socketpair, 53, 199);
    (Recvfrom, 45, 207);
    (Sendto, 44, 206);
    (Shutdown, 48, 210);
    (Mmap, 9, 222);
    (Mprotect, 10, 226);
    (Munmap, 11, 215);
    (Mremap, 25, 216);
    (Madvise, 28, 233);
    (Msync, 26, 227);
    (Brk, 12, 214);
    (Exit, 60, 93);
    (Exit_group, 231, 94);
    (Clone, 56, 220);
    (Fork, 57, -1);
    (Vfork, 58, -1);
    (Execve, 59, 221);
    (Wait4, 61, 260);
    (Waitid, 247, 95);
    (Futex, 202, 98);
    (Set_tid_address, 218, 96);
    (Set_robust_list, 273, 99);
    (Gettid, 186, 178);
    (Getpid, 39, 172);
    (Getppid, 110, 173);
    (Getpgrp, 111, -1);
    (Getpgid, 121, 155);
    (Setpgid, 109, 154);
    (Getsid, 124, 156);
    (Setsid, 112, 157);
    (Getuid, 102, 174);
    (Geteuid, 107, 175);
    (Getgid, 104, 176);
    (Getegid, 108, 177);
    (Getgroups, 115, 158);
    (Setuid, 105, 146);
    (Setgid, 106, 144);
    (Sched_yield, 24, 124);
    (Sched_getaffinity, 204, 123);
    (Arch_prctl, 158, -1);
    (Prctl, 157, 167);
    (Prlimit64, 302, 261);
    (Getpriority, 140, 141);
    (Setpriority, 141, 140);
    (Getrlimit, 97, 163);
    (Setrlimit, 160, 164);
    (Getrusage, 98, 165);
    (Times, 100, 153);
    (Sysinfo, 99, 179);
    (Uname, 63, 160);
    (Getrandom, 318, 278);
    (Rt_sigaction, 13, 134);
    (Rt_sigprocmask, 14, 135);
    (Rt_sigpending, 127, 136);
    (Rt_sigsuspend, 130, 133);
    (Rt_sigtimedwait, 128, 137);
    (Rt_sigreturn, 15, 139);
    (Sigaltstack, 131, 132);
    (Pause, 34, -1);
    (Kill, 62, 129);
    (Tkill, 200, 130);
    (Tgkill, 234, 131);
    (Getitimer, 36, 102);
    (Setitimer, 38, 103);
    (Alarm, 37, -1);
    (Clock_gettime, 228, 113);
    (Clock_getres, 229, 114);
    (Gettimeofday, 96, 169);
    (Time, 201, -1);
    (Nanosleep, 35, 101);
    (Clock_nanosleep, 230, 115);
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
