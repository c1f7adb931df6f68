// SPDX-License-Identifier: Apache-2.0
#include "kill.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace picket {
namespace {

// Field 22 of /proc/PID/stat; 0 where it can't be read. The name, the second field, may itself hold spaces and parentheses.
unsigned long long startOf(int pid) {
  char path[64], text[1024];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  FILE* file = std::fopen(path, "re");
  if (!file) return 0;
  size_t length = std::fread(text, 1, sizeof(text) - 1, file);
  std::fclose(file);
  text[length] = '\0';
  char* at = std::strrchr(text, ')');
  // A space stands before each field after the name; the state is the third.
  for (int field = 2; at && field < 22; field++) at = std::strchr(at + 1, ' ');
  return at ? std::strtoull(at + 1, nullptr, 10) : 0;
}

}  // namespace

int killProcess(int pid, unsigned long long startTicks) {
  // The descriptor stays with the process it was opened for: whoever has the pid when /proc is read, and is the one that is
  // meant, is either that process or gets no signal by it.
  int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno;
  int error = ESRCH;
  if (startOf(pid) == startTicks)
    error = syscall(SYS_pidfd_send_signal, process, SIGKILL, nullptr, 0) == 0 ? 0 : errno;
  close(process);
  return error;
}

}  // namespace picket
