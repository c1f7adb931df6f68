// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

// Where each field of each record lies, as this file's compiler laid the structs of bpf/record.h out.
namespace picket {

struct Field {
  const char* name;
  size_t offset;
  size_t size;
  const char* kind;
};

struct Layout {
  const char* name;
  unsigned type;
  size_t size;
  std::vector<Field> fields;
};

const std::vector<Layout>& layouts();
const std::vector<const char*>& counterNames();

}  // namespace picket
