// SPDX-License-Identifier: ISC
//
// The first process of the Linux that drivers are compared with (bench/drivers.py): loads the modules listed
// in /modules, then does with /dev/vda and /dev/nvme0n1 what bench/programs/disks does, without the page
// cache, by Linux' own asynchronous requests. Prints the same lines and powers off.
//
// The count of random reads is the value of `count=` on the kernel's command line.

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const std::string& what) {
  std::printf("failed: %s: %s\n", what.c_str(), std::strerror(errno));
  std::fflush(stdout);
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

void load_modules() {
  std::ifstream list("/modules");
  for (std::string name; std::getline(list, name);) {
    const int file = open(("/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) fail("loading " + name);
    close(file);
  }
}

long count_of_reads() {
  std::ifstream line("/proc/cmdline");
  for (std::string word; line >> word;)
    if (word.starts_with("count=")) return std::atol(word.c_str() + 6);
  return 1000;
}

char* buffer_of(std::size_t size) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 4096, size) != 0) fail("memory");
  return static_cast<char*>(memory);
}

double random_reads(int disk, std::uint64_t places, unsigned depth, long count) {
  constexpr std::size_t size = 4096;
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, depth, &context) != 0) fail("io_setup");
  std::mt19937_64 random(1);
  std::vector<iocb> requests(depth);
  std::vector<io_event> events(depth);
  long submitted = 0, done = 0;
  const auto submit = [&](iocb& request) {
    request.aio_offset = static_cast<std::int64_t>(random() % places * size);
    iocb* list[] = {&request};
    if (syscall(SYS_io_submit, context, 1, list) != 1) fail("io_submit");
    ++submitted;
  };
  for (iocb& request : requests) {
    request.aio_lio_opcode = IOCB_CMD_PREAD;
    request.aio_fildes = static_cast<std::uint32_t>(disk);
    request.aio_buf = reinterpret_cast<std::uint64_t>(buffer_of(size));
    request.aio_nbytes = size;
  }
  const double start = now();
  for (iocb& request : requests) submit(request);
  while (done < submitted) {
    const long got = syscall(SYS_io_getevents, context, 1, depth, events.data(), nullptr);
    if (got < 1) fail("io_getevents");
    for (long i = 0; i < got; ++i) {
      if (events[i].res != size) fail("a read");
      ++done;
      if (submitted < count) submit(*reinterpret_cast<iocb*>(events[i].obj));
    }
  }
  return (now() - start) / static_cast<double>(count);
}

double sequential_reads(int disk, std::uint64_t size, long count) {
  constexpr std::size_t piece = std::size_t{1} << 20;
  char* const buffer = buffer_of(piece);
  const double start = now();
  for (long n = 0; n < count; ++n)
    if (pread(disk, buffer, piece,
              static_cast<off_t>(static_cast<std::uint64_t>(n) % (size / piece) * piece)) !=
        static_cast<ssize_t>(piece))
      fail("a read");
  return (now() - start) / static_cast<double>(count);
}

void measure(const char* name, const char* path, long count) {
  int disk = -1;
  for (int tries = 0; disk < 0 && tries < 500; ++tries) {
    disk = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (disk < 0) usleep(10'000);
  }
  std::uint64_t size = 0;
  if (disk < 0 || ioctl(disk, BLKGETSIZE64, &size) != 0) fail(path);
  std::printf("%s_random_1 %.9f\n", name, random_reads(disk, size / 4096, 1, count));
  std::printf("%s_random_32 %.9f\n", name, random_reads(disk, size / 4096, 32, 4 * count));
  std::printf("%s_sequential %.9f\n", name, sequential_reads(disk, size, count / 4));
}

constexpr std::uint16_t frame_type = 0x88b5;

int open_network(unsigned char* mac) {
  const int line = socket(AF_PACKET, SOCK_RAW, htons(frame_type));
  ifreq request{};
  std::strcpy(request.ifr_name, "eth0");
  if (line < 0 || ioctl(line, SIOCGIFHWADDR, &request) != 0) fail("eth0");
  std::memcpy(mac, request.ifr_hwaddr.sa_data, 6);
  ioctl(line, SIOCGIFFLAGS, &request);
  request.ifr_flags |= IFF_UP;
  if (ioctl(line, SIOCSIFFLAGS, &request) != 0) fail("eth0 up");
  std::strcpy(request.ifr_name, "eth0");
  ioctl(line, SIOCGIFINDEX, &request);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(frame_type);
  address.sll_ifindex = request.ifr_ifindex;
  if (bind(line, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  return line;
}

std::vector<unsigned char> frame(const unsigned char* mac, std::size_t size, bool echo) {
  std::vector<unsigned char> bytes(size);
  std::memcpy(bytes.data(), "\x02peer!", 6);
  std::memcpy(&bytes[6], mac, 6);
  bytes[12] = frame_type >> 8;
  bytes[13] = frame_type & 0xff;
  bytes[14] = echo;
  return bytes;
}

void send_one(int line, const std::vector<unsigned char>& bytes) {
  while (send(line, bytes.data(), bytes.size(), 0) < 0)
    if (errno != ENOBUFS && errno != ENETDOWN) fail("send");
}

void measure_network(long count) {
  unsigned char mac[6];
  const int line = open_network(mac);
  for (const std::size_t size : {64, 1514}) {
    const auto bytes = frame(mac, size, false);
    const double start = now();
    for (long n = 0; n < 5 * count; ++n) send_one(line, bytes);
    std::printf("net_send_%zu %.9f\n", size, (now() - start) / static_cast<double>(5 * count));
  }
  const auto bytes = frame(mac, 64, true);
  unsigned char got[2048];
  const double start = now();
  for (long n = 0; n < count; ++n) {
    send_one(line, bytes);
    while (recv(line, got, sizeof got, 0) < 15 || got[14] != 1 || std::memcmp(got, mac, 6) != 0) {
    }
  }
  std::printf("net_echo %.9f\n", (now() - start) / static_cast<double>(count));
}

}  // namespace

int main() {
  for (const char* folder : {"/proc", "/dev"}) mkdir(folder, 0755);
  mount("proc", "/proc", "proc", 0, nullptr);
  mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
  const int console = open("/dev/console", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) dup2(console, fd);
  load_modules();
  const long count = count_of_reads();
  measure("virtio", "/dev/vda", count);
  measure("nvme", "/dev/nvme0n1", count);
  measure_network(count);
  std::fflush(stdout);
  sync();
  reboot(RB_POWER_OFF);
}
