// SPDX-License-Identifier: Apache-2.0
#include "complaint.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

namespace picket {
namespace {

thread_local std::string lastWarning;

int keepWarning(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char line[512];
  vsnprintf(line, sizeof(line), format, arguments);
  std::string text(line);
  if (text.rfind("libbpf: ", 0) == 0) text.erase(0, 8);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.find("BEGIN PROG LOAD LOG") == std::string::npos) lastWarning = text;
  return 0;
}

}  // namespace

void keepComplaints() {
  libbpf_set_print(keepWarning);
}

void forgetComplaint() {
  lastWarning.clear();
}

const std::string& complaint() {
  return lastWarning;
}

std::string objection(const std::string& log) {
  size_t end = log.size();
  while (end > 0) {
    size_t start = log.rfind('\n', end - 1);
    start = start == std::string::npos ? 0 : start + 1;
    std::string line = log.substr(start, end - start);
    bool statistics = line.rfind("processed ", 0) == 0 || line.rfind("verification time", 0) == 0 ||
                      line.rfind("stack depth", 0) == 0 || line.rfind("max_states", 0) == 0 ||
                      line.rfind("subprog ", 0) == 0;  // Linux 7.3
    if (!line.empty() && !statistics) return line;
    if (start == 0) break;
    end = start - 1;
  }
  return "";
}

}  // namespace picket
