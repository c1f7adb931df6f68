// SPDX-License-Identifier: Apache-2.0
// Preloaded into the process of the event store's engine. The engine's library goes on after a write that failed as if it had
// not (chdb, WriteBufferFromFileDescriptor): a part whose end, or all of it, is missing takes the place of those it was merged
// from, and an insert is answered as done. So the process ends at the first such write, before anything refers to what is not
// there. It is started again, drops what was not finished, and whoever was not answered asks again.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

/** Node's own writes come here too; it tells of what fails. */
static int by_engine(const void* caller) {
  Dl_info place;
  return dladdr(caller, &place) != 0 && place.dli_fname != NULL && strstr(place.dli_fname, "libchdb") != NULL;
}

/** Not pipes and sockets: who reads them may be gone. */
static int is_file(int descriptor) {
  struct stat about;
  return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

static void say(int descriptor, int reason) {
  char link[32];
  char path[512];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof(path));
  dprintf(STDERR_FILENO, "%.*s could not be written: %s\n", length < 0 ? 0 : (int)length, path, strerror(reason));
}

ssize_t write(int descriptor, const void* data, size_t size) {
  ssize_t written = syscall(SYS_write, descriptor, data, size);
  if (written >= 0 || errno == EINTR) return written;
  int reason = errno;
  if (by_engine(__builtin_return_address(0)) && is_file(descriptor)) {
    say(descriptor, reason);
    _exit(EX_IOERR);
  }
  errno = reason;
  return written;
}
