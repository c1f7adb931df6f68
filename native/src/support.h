// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace picket {

// Why no sensor can run here and what to do about it, in one line; empty where one can.
std::string whyUnsupported();

}  // namespace picket
