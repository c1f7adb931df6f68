// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace picket {

// Only mappings that may not be written and hold no page of their own: nothing but the file can be in them.
void releaseUnused() {
  malloc_trim(0);
  std::ifstream maps("/proc/self/smaps");
  unsigned long from = 0, to = 0;
  bool ofFile = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long start, end, anonymous;
    char rights[5], file[2] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %1s", &start, &end, rights, file) >= 3) {
      from = start;
      to = end;
      ofFile = file[0] == '/' && rights[1] == '-' && rights[3] == 'p';
    } else if (ofFile && std::sscanf(line.c_str(), "Anonymous: %lu kB", &anonymous) == 1 && anonymous == 0) {
      madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
  }
}

}  // namespace picket
