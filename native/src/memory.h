// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace picket {

// Gives back what only the start needed: freed heap, and pages of programs and libraries, which come again from the page
// cache when they are needed.
void releaseUnused();

}  // namespace picket
