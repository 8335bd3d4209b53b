// SPDX-License-Identifier: ISC
//
// The first process of the Linux peer: runs the programs listed in /plan, one after another, and powers off.
//
// The peer is what our figures are compared with: the same objects as Linux processes, on the same virtual
// machine. Linked statically against the build machine's libc; it does nothing while a program runs.
//
// /plan: one program a line, words apart by one space: LABEL PATH ARGUMENT... On the console appear, for
// each:
//   @@begin LABEL
//   (the program's output)
//   @@end LABEL STATUS        an exit status, or 128 + the signal that ended it

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// The console as descriptors 0 to 2, raw, so that bytes pass as they are.
void open_console() {
  mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
  int console = open("/dev/console", O_RDWR);
  if (console < 0) return;  // nothing to say it on
  termios settings{};
  if (tcgetattr(console, &settings) == 0) {
    cfmakeraw(&settings);
    tcsetattr(console, TCSANOW, &settings);
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (fd != console) dup2(console, fd);
  }
  if (console > 2) close(console);
}

int run(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = fork();
  if (child == 0) {
    execv(argv[0], argv.data());
    std::perror(argv[0]);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return 126;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main() {
  for (const char* folder : {"/proc", "/sys", "/dev", "/tmp"}) mkdir(folder, 0755);
  mount("proc", "/proc", "proc", 0, nullptr);
  mount("sysfs", "/sys", "sysfs", 0, nullptr);
  mount("tmpfs", "/tmp", "tmpfs", 0, nullptr);
  open_console();

  std::ifstream plan("/plan");
  for (std::string line; std::getline(plan, line);) {
    std::istringstream in(line);
    std::string label;
    std::vector<std::string> words;
    in >> label;
    for (std::string word; in >> word;) words.push_back(word);
    if (words.empty()) continue;
    std::printf("\n@@begin %s\n", label.c_str());
    std::fflush(stdout);
    int status = run(words);
    std::printf("\n@@end %s %d\n", label.c_str(), status);
    std::fflush(stdout);
  }
  tcdrain(STDOUT_FILENO);
  sync();
  reboot(RB_POWER_OFF);
  return 1;
}
