// SPDX-License-Identifier: ISC

#include "program_fixture.h"

#include <arch/linux_abi.h>
#include <nucleus/frames.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <cerrno>
#include <vector>

namespace nucleus {
namespace {

class FileCalls : public ProgramTest {
 protected:
  arch::linux_abi::Stat stat(std::string_view path) {
    auto* at = place<arch::linux_abi::Stat>();
    EXPECT_EQ(call("stat", text(path), at), 0) << path;
    return *at;
  }
};

TEST_F(FileCalls, ReadAndWrite) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT | O_EXCL, 0666);
  ASSERT_EQ(fd, 0);
  EXPECT_EQ(open("/tmp/f", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  EXPECT_EQ(write(fd, "hello world"), 11);
  EXPECT_EQ(call("lseek", fd, 6, SEEK_SET), 6);
  EXPECT_EQ(read(fd, 100), "world");
  EXPECT_EQ(read(fd, 100), "");
  EXPECT_EQ(call("pread64", fd, place(5), 5, 0), 5);
  EXPECT_EQ(call("pread64", fd, place(5), 5, -1), -EINVAL);
  EXPECT_EQ(call("lseek", fd, -1, SEEK_SET), -EINVAL);
  EXPECT_EQ(call("lseek", fd, 0, 3), -EINVAL);
  EXPECT_EQ(call("ftruncate", fd, 3), 0);
  EXPECT_EQ(stat("/tmp/f").size, 3);
  EXPECT_EQ(stat("/tmp/f").mode, static_cast<unsigned>(S_IFREG | 0644)) << "umask 022";
  EXPECT_EQ(call("close", fd), 0);
  EXPECT_EQ(call("close", fd), -EBADF);
  EXPECT_EQ(read(fd, 1), "error 9");
}

TEST_F(FileCalls, CheckTheirArguments) {
  const long fd = open("/tmp/f", O_WRONLY | O_CREAT);
  EXPECT_EQ(read(fd, 1), "error 9") << "write only";
  EXPECT_EQ(call("write", fd, 16, 4), -EFAULT);
  EXPECT_EQ(call("write", fd, 0, 0), 0) << "nothing is read";
  EXPECT_EQ(call("open", 0, O_RDONLY), -EFAULT);
  EXPECT_EQ(call("stat", text("/tmp/f"), 0), -EFAULT);
  EXPECT_EQ(open(std::string(5000, 'x'), O_RDONLY), -ENAMETOOLONG);
  EXPECT_EQ(open("", O_RDONLY), -ENOENT);
  EXPECT_EQ(open("/tmp/f", 3), -EINVAL);
  EXPECT_EQ(open("/tmp", O_RDWR), -EISDIR);
  EXPECT_EQ(open("/tmp/f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EXPECT_EQ(call("writev", fd, place(16), 1025), -EINVAL);
}

TEST_F(FileCalls, AppendAndTruncate) {
  long fd = open("/tmp/f", O_WRONLY | O_CREAT | O_APPEND);
  write(fd, "one");
  EXPECT_EQ(call("lseek", fd, 0, SEEK_SET), 0);
  write(fd, "two");
  EXPECT_EQ(stat("/tmp/f").size, 6);
  EXPECT_EQ(call("fcntl", fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
  fd = open("/tmp/f", O_RDONLY | O_TRUNC);
  EXPECT_EQ(stat("/tmp/f").size, 0);
}

TEST_F(FileCalls, Vectors) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT);
  auto* vectors = place<abi::IoVector>(3);
  vectors[0] = {reinterpret_cast<std::uint64_t>(text("abc")), 3};
  vectors[1] = {0, 0};
  vectors[2] = {reinterpret_cast<std::uint64_t>(text("defg")), 4};
  EXPECT_EQ(call("writev", fd, vectors, 3), 7);
  call("lseek", fd, 0, SEEK_SET);
  char* a = place(2);
  char* b = place(10);
  vectors[0] = {reinterpret_cast<std::uint64_t>(a), 2};
  vectors[2] = {reinterpret_cast<std::uint64_t>(b), 10};
  EXPECT_EQ(call("readv", fd, vectors, 3), 7);
  EXPECT_EQ(std::string(a, 2) + b, "abcdefg");
}

TEST_F(FileCalls, UnlinkedFilesLiveOn) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT);
  write(fd, "still here");
  EXPECT_EQ(call("unlink", text("/tmp/f")), 0);
  EXPECT_EQ(open("/tmp/f", O_RDONLY), -ENOENT);
  call("lseek", fd, 0, SEEK_SET);
  EXPECT_EQ(read(fd, 20), "still here");
}

TEST_F(FileCalls, Directories) {
  EXPECT_EQ(call("mkdir", text("/d"), 0777), 0);
  EXPECT_EQ(stat("/d").mode, static_cast<unsigned>(S_IFDIR | 0755));
  EXPECT_EQ(call("chdir", text("/d")), 0);
  char* buffer = place(64);
  EXPECT_EQ(call("getcwd", buffer, 64), 3);
  EXPECT_STREQ(buffer, "/d");
  EXPECT_EQ(call("getcwd", buffer, 2), -ERANGE);
  for (const char* name : {"a", "b", "c"}) call("close", open(name, O_CREAT | O_WRONLY));
  const long fd = open(".", O_RDONLY | O_DIRECTORY);
  std::vector<std::string> names;
  char* records = place(64);
  for (long size; (size = call("getdents64", fd, records, 64)) > 0;) {
    for (long at = 0; at < size;) {
      abi::DirectoryRecord record;
      std::memcpy(&record, records + at, abi::directory_record_name);
      names.emplace_back(records + at + abi::directory_record_name);
      at += record.length;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{".", "..", "a", "b", "c"}));
  EXPECT_EQ(call("lseek", fd, 0, SEEK_SET), 0);
  EXPECT_EQ(call("getdents64", fd, records, 8), -EINVAL) << "no room for one";
  EXPECT_EQ(call("rmdir", text("/d")), -ENOTEMPTY);
  EXPECT_EQ(call("fchdir", fd), 0);
  EXPECT_EQ(call("openat", fd, text("a"), O_RDONLY), 1);
  EXPECT_EQ(call("unlinkat", fd, text("a"), 0), 0);
}

TEST_F(FileCalls, LinksAndNames) {
  call("close", open("/f", O_CREAT | O_WRONLY));
  EXPECT_EQ(call("symlink", text("f"), text("/s")), 0);
  char* buffer = place(8);
  EXPECT_EQ(call("readlink", text("/s"), buffer, 8), 1);
  EXPECT_EQ(call("readlink", text("/f"), buffer, 8), -EINVAL);
  EXPECT_EQ(open("/s", O_RDONLY | O_NOFOLLOW), -ELOOP);
  EXPECT_EQ(call("link", text("/f"), text("/g")), 0);
  EXPECT_EQ(stat("/g").links, 2u);
  EXPECT_EQ(stat("/s").inode, stat("/g").inode);
  EXPECT_EQ(call("rename", text("/g"), text("/h")), 0);
  EXPECT_EQ(call("renameat2", AT_FDCWD, text("/h"), AT_FDCWD, text("/f"), 1), -EEXIST);
  EXPECT_EQ(call("access", text("/f"), 4), 0);
  EXPECT_EQ(call("access", text("/f"), 1), -EACCES);
  EXPECT_EQ(call("chmod", text("/f"), 0755), 0);
  EXPECT_EQ(call("access", text("/f"), 1), 0);
  auto* times = place<abi::Timespec>(2);
  times[0] = {-1, 5};
  times[1] = {100, 0x3fff'fffe};
  EXPECT_EQ(call("utimensat", AT_FDCWD, text("/f"), times, 0), 0);
  EXPECT_EQ(stat("/f").accessed.seconds, -1);
  EXPECT_EQ(stat("/f").accessed.nanoseconds, 5);
  EXPECT_EQ(stat("/f").modified.seconds, 5);
}

TEST_F(FileCalls, Duplicates) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT | O_CLOEXEC);
  EXPECT_EQ(call("fcntl", fd, F_GETFD), 1);
  EXPECT_EQ(call("dup", fd), 1);
  EXPECT_EQ(call("dup2", fd, 7), 7);
  EXPECT_EQ(call("dup2", fd, fd), fd);
  EXPECT_EQ(call("dup3", fd, fd, 0), -EINVAL);
  EXPECT_EQ(call("dup2", fd, 5000), -EBADF);
  EXPECT_EQ(call("fcntl", fd, F_DUPFD_CLOEXEC, 5), 5);
  write(7, "shared");
  EXPECT_EQ(call("lseek", 1, 0, SEEK_CUR), 6);
}

TEST_F(FileCalls, Pipes) {
  auto* ends = place<std::int32_t>(2);
  ASSERT_EQ(call("pipe2", ends, O_NONBLOCK), 0);
  EXPECT_EQ(read(ends[0], 10), "error 11");
  EXPECT_EQ(write(ends[1], "through"), 7);
  auto* polled = place<abi::PollDescriptor>(3);
  polled[0] = {ends[0], POLLIN, 0};
  polled[1] = {ends[1], POLLOUT | POLLIN, 0};
  polled[2] = {77, POLLIN, 0};
  EXPECT_EQ(call("poll", polled, 3, -1), 3);
  EXPECT_EQ(polled[0].found, POLLIN);
  EXPECT_EQ(polled[1].found, POLLOUT);
  EXPECT_EQ(polled[2].found, POLLNVAL);
  EXPECT_EQ(read(ends[0], 3), "thr");
  EXPECT_EQ(call("close", ends[1]), 0);
  EXPECT_EQ(read(ends[0], 10), "ough");
  EXPECT_EQ(read(ends[0], 10), "");
  EXPECT_EQ(call("lseek", ends[0], 0, SEEK_SET), -ESPIPE);
  polled[0] = {ends[0], POLLIN, 0};
  polled[1] = {-1, POLLIN, 0};
  EXPECT_EQ(call("poll", polled, 2, -1), 1);
  EXPECT_EQ(polled[0].found, POLLHUP);
}

TEST_F(FileCalls, FillAPipe) {
  auto* ends = place<std::int32_t>(2);
  ASSERT_EQ(call("pipe2", ends, O_NONBLOCK), 0);
  const std::string chunk(5000, 'x');
  long total = 0;
  for (long count; (count = write(ends[1], chunk)) > 0;) total += count;
  EXPECT_EQ(total, 65536);
  EXPECT_EQ(write(ends[1], "more"), -EAGAIN);
  read(ends[0], 4095);
  EXPECT_EQ(write(ends[1], std::string(4096, 'y')), -EAGAIN) << "whole or not at all";
  auto* polled = place<abi::PollDescriptor>();
  *polled = {ends[1], POLLOUT, 0};
  EXPECT_EQ(call("poll", polled, 1, 0), 0);
  read(ends[0], 1);
  EXPECT_EQ(call("poll", polled, 1, 0), 1);
}

TEST_F(FileCalls, SelectAgreesWithPoll) {
  auto* ends = place<std::int32_t>(2);
  ASSERT_EQ(call("pipe2", ends, 0), 0);
  auto* reading = place<std::uint64_t>(16);
  auto* writing = place<std::uint64_t>(16);
  auto* timeout = place<abi::Timeval>();
  *reading = *writing = 1u << ends[0] | 1u << ends[1];
  EXPECT_EQ(call("select", 2, reading, writing, 0, timeout), 1);
  EXPECT_EQ(*reading, 0u);
  EXPECT_EQ(*writing, 1u << ends[1]);
  write(ends[1], "x");
  *reading = 1u << ends[0];
  EXPECT_EQ(call("select", 2, reading, 0, 0, 0), 1);
  *reading = 1u << 9;
  EXPECT_EQ(call("select", 10, reading, 0, 0, 0), -EBADF);
}

TEST_F(FileCalls, Devices) {
  const long null = open("/dev/null", O_RDWR);
  EXPECT_EQ(write(null, "gone"), 4);
  EXPECT_EQ(read(null, 4), "");
  EXPECT_EQ(read(open("/dev/zero", O_RDONLY), 3), std::string(3, '\0'));
  EXPECT_EQ(write(open("/dev/full", O_WRONLY), "x"), -ENOSPC);
  const long random = open("/dev/urandom", O_RDONLY);
  EXPECT_NE(read(random, 16), read(random, 16));
  EXPECT_EQ(stat("/dev/null").mode, static_cast<unsigned>(S_IFCHR | 0666));
  EXPECT_EQ(stat("/dev/null").device_number, 0x103u);
}

TEST_F(FileCalls, MapFilesByCopying) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT);
  write(fd, "mapped");
  const long at = call("mmap", 0, 8192, 3, 2, fd, 0);
  ASSERT_GT(static_cast<unsigned long>(at), 4096u);
  EXPECT_STREQ(reinterpret_cast<const char*>(at), "mapped");
  EXPECT_EQ(call("munmap", at, 8192), 0);
  EXPECT_EQ(call("mmap", 0, 4096, 1, 2, fd, 7), -EINVAL);
  EXPECT_EQ(call("mmap", 0, 4096, 1, 2, 99, 0), -EBADF);
  EXPECT_EQ(call("mmap", 0, 0, 3, 0x22, -1, 0), -EINVAL);
}

TEST_F(FileCalls, ShareMappedFiles) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT);
  ASSERT_EQ(call("ftruncate", fd, 8192 + 10), 0);
  const auto in_use = [] { return frame_counters().total - frame_counters().free; };
  const std::size_t committed = frame_counters().committed;
  const long at = call("mmap", 0, 4 * 4096, 3, 1, fd, 0);
  const long again = call("mmap", 0, 4096, 1, 1, fd, 4096);
  ASSERT_GT(static_cast<unsigned long>(at), 4096u);
  ASSERT_GT(static_cast<unsigned long>(again), 4096u);
  EXPECT_NE(at + 4096, again);
  // The mappings, and the file, are the same memory.
  auto* bytes = reinterpret_cast<char*>(at);
  std::strcpy(bytes + 4096, "hello");
  EXPECT_STREQ(reinterpret_cast<const char*>(again), "hello");
  EXPECT_EQ(call("lseek", fd, 4096, 0), 4096);
  EXPECT_EQ(read(fd, 5), "hello");
  EXPECT_EQ(call("pwrite64", fd, text("H"), 1, 4096), 1);
  EXPECT_EQ(bytes[4096], 'H');
  EXPECT_EQ(bytes[8192 + 100], '\0');
  EXPECT_FALSE(check_writable(VirtAddr::of(bytes) + 3 * 4096, 1).ok()) << "beyond the end of the file";
  // Throwing away and moving leave it alone; a part can go, and change its rights.
  EXPECT_EQ(call("madvise", at, 4 * 4096, 4), 0);
  EXPECT_STREQ(bytes + 4096, "Hello");
  EXPECT_EQ(call("mremap", at, 4 * 4096, 8 * 4096, 1), -EINVAL);
  EXPECT_EQ(call("mprotect", at, 4096, 1), 0);
  EXPECT_EQ(call("mprotect", at, 4096, 3), 0);
  bytes[0] = '0';
  EXPECT_EQ(call("munmap", at, 4096), 0);
  EXPECT_STREQ(bytes + 4096, "Hello");
  // What is cut off the file stays with its mappings, and comes back as zeros.
  EXPECT_EQ(call("ftruncate", fd, 0), 0);
  EXPECT_STREQ(bytes + 4096, "Hello");
  EXPECT_EQ(call("ftruncate", fd, 8192), 0);
  EXPECT_EQ(call("lseek", fd, 4096, 0), 4096);
  EXPECT_EQ(read(fd, 1), std::string(1, '\0'));
  EXPECT_EQ(call("munmap", at, 4 * 4096), 0);
  EXPECT_EQ(call("munmap", again, 4096), 0);
  EXPECT_EQ(frame_counters().committed, committed);

  // Unmapped last or removed last: the memory comes back.
  EXPECT_EQ(call("close", fd), 0);
  EXPECT_EQ(call("unlink", text("/tmp/f")), 0);
  const std::size_t before = in_use();
  for (int i = 0; i < 3; ++i) {
    const long other = open("/tmp/g", O_RDWR | O_CREAT);
    ASSERT_EQ(call("ftruncate", other, 200 * 4096), 0);
    const long place = call("mmap", 0, 200 * 4096, 3, 1, other, 0);
    ASSERT_GT(static_cast<unsigned long>(place), 4096u);
    *reinterpret_cast<char*>(place + 199 * 4096) = 'x';
    EXPECT_EQ(call("unlink", text("/tmp/g")), 0);
    EXPECT_EQ(call("close", other), 0);
    EXPECT_EQ(*reinterpret_cast<char*>(place + 199 * 4096), 'x');
    EXPECT_EQ(call("munmap", place, 200 * 4096), 0);
  }
  EXPECT_LE(in_use(), before + 8);  // tables may stay
  EXPECT_EQ(frame_counters().committed, committed);
}

TEST_F(FileCalls, SharedMappingsObeyTheOpenMode) {
  const long fd = open("/tmp/f", O_RDWR | O_CREAT);
  write(fd, "data");
  const long reading = open("/tmp/f", O_RDONLY);
  EXPECT_EQ(call("mmap", 0, 4096, 3, 1, reading, 0), -EACCES);
  const long at = call("mmap", 0, 4096, 1, 1, reading, 0);
  EXPECT_STREQ(reinterpret_cast<const char*>(at), "data");
  EXPECT_EQ(call("mprotect", at, 4096, 3), -EACCES);
  EXPECT_EQ(call("munmap", at, 4096), 0);
  EXPECT_EQ(call("mmap", 0, 4096, 3, 1, open("/dev/zero", O_RDWR), 0), -ENODEV);
}

TEST_F(FileCalls, RefuseWhatIsNotInTheList) {
  EXPECT_EQ(nucleus_enter_syscall(57, 0, 0, 0, 0, 0, 0).value, -ENOSYS);
  EXPECT_EQ(nucleus_enter_syscall(-5, 0, 0, 0, 0, 0, 0).value, -ENOSYS);
}

}  // namespace
}  // namespace nucleus
