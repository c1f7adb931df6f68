// SPDX-License-Identifier: Apache-2.0
#include "layout.h"

#include "control.h"

namespace picket {
namespace {

// Names of the types of bpf/record.h, as native/index.ts knows them.
template <typename T> const char* kindOf();
template <> const char* kindOf<u8>() { return "u8"; }
template <> const char* kindOf<u16>() { return "u16"; }
template <> const char* kindOf<u32>() { return "u32"; }
template <> const char* kindOf<u64>() { return "u64"; }
template <> const char* kindOf<i32>() { return "i32"; }
template <> const char* kindOf<tail>() { return "tail"; }
template <> const char* kindOf<address>() { return "bytes"; }

#define HEADER_FIELD(type_, name_) {#name_, offsetof(picket_header, name_), sizeof(type_), kindOf<type_>()},
#define OWN_FIELD(type_, name_) {#name_, offsetof(RECORD, name_), sizeof(type_), kindOf<type_>()},

}  // namespace

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {
#define RECORD picket_exec
      {"exec", PICKET_TYPE_EXEC, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_EXEC(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_arguments
      {"arguments", PICKET_TYPE_ARGUMENTS, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_ARGUMENTS(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_fork
      {"fork", PICKET_TYPE_FORK, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_FORK(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_exit
      {"exit", PICKET_TYPE_EXIT, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_EXIT(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_open
      {"open", PICKET_TYPE_OPEN, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_OPEN(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_network
      {"network", PICKET_TYPE_NETWORK, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_NETWORK(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_unix
      {"unix", PICKET_TYPE_UNIX, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_UNIX(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_names
      {"names", PICKET_TYPE_NAMES, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_NAMES(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_close
      {"close", PICKET_TYPE_CLOSE, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_CLOSE(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_change_record
      {"change", PICKET_TYPE_CHANGE, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_CHANGE(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_identity
      {"identity", PICKET_TYPE_IDENTITY, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_IDENTITY(OWN_FIELD)}},
#undef RECORD
#define RECORD picket_syscalls
      {"syscalls", PICKET_TYPE_SYSCALLS, sizeof(RECORD), {PICKET_HEADER(HEADER_FIELD) PICKET_SYSCALLS(OWN_FIELD)}},
#undef RECORD
  };
  return all;
}

const std::vector<const char*>& counterNames() {
#define COUNTER_NAME(identifier, name) name,
  static const std::vector<const char*> names = {PICKET_COUNTERS(COUNTER_NAME)};
  return names;
}

}  // namespace picket
