// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace picket {

// SIGKILL to the process that has this pid and began at this time (clock ticks since boot), and to no other. Gives 0, or the
// errno: ESRCH where there is none.
int killProcess(int pid, unsigned long long startTicks);

}  // namespace picket
