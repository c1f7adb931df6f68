// SPDX-License-Identifier: Apache-2.0
// Outlives an agent that is killed, to write down which signals it was sent and by whom: picket_witness FILE, with the map of
// bpf/signals.bpf.c as descriptor 3. A byte on standard input: the agent ends in order, nothing is to be written. Its end
// without one: the agent is gone. Small on purpose: it is there for as long as the agent is.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control.h"

int main(int count, char** arguments) {
  if (count != 2) return 64;
  // Whoever ends the agent's process group or its unit ends the witness last.
  const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGTERM, SIGTSTP, SIGPIPE};
  for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++) signal(ignored[i], SIG_IGN);
  const struct picket_signal* notes = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0);
  if (notes == MAP_FAILED) return 1;
  char byte;
  ssize_t got;
  do got = read(0, &byte, 1);
  while (got < 0 && errno == EINTR);
  if (got > 0) return 0;
  int file = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return 1;
  const ssize_t size = PICKET_SIGNALS * sizeof(*notes);
  int failed = write(file, notes, (size_t)size) != size || fdatasync(file) != 0;
  return close(file) != 0 || failed;
}
