// SPDX-License-Identifier: Apache-2.0
// What the running kernel has: asked of its own description of its types (BTF), or by trying.
#pragma once
#include <string>

namespace picket {

// Whether a program may compare and swap (Linux 5.12).
bool kernelSwaps();

// Whether a program may load a field of what it was told is of some type (bpf_rdonly_cast, Linux 6.2).
bool kernelCasts();

// How many things a tracepoint tells; 0 where the kernel has no such tracepoint.
unsigned argumentsOf(const std::string& tracepoint);

// What the kernel lacks that a program in this section is attached to; empty where it has it.
std::string lackedBy(const std::string& section);

// Whether that is a tracepoint.
bool lacksTracepoint(const std::string& reason);

// getpid(2) as the kernel's own programs see it; right before 5.10 too, unless this is a pid namespace. `folder`: of the programs.
unsigned kernelPid(const std::string& folder);

}  // namespace picket
