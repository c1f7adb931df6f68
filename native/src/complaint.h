// SPDX-License-Identifier: Apache-2.0
// Why libbpf or the verifier would not. libbpf says so through one process-wide function: each thread keeps what it was told last.
#pragma once
#include <string>

namespace picket {

// Before anything is loaded: from here on libbpf's words go to `complaint` and nowhere else.
void keepComplaints();
void forgetComplaint();
// The last one since it was forgotten; empty where there was none.
const std::string& complaint();

// The line of a verifier's log that says what it objected to: the last one that is not its statistics.
std::string objection(const std::string& log);

}  // namespace picket
