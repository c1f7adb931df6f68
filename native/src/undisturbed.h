// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <signal.h>

namespace picket {

// While it lives, signals to this thread wait: the verifier gives up where one comes (EAGAIN), and libbpf after five tries. A
// profiler, or whoever wants no sensor, sends them faster than that.
class Undisturbed {
 public:
  Undisturbed() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~Undisturbed() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  sigset_t before_;
};

}  // namespace picket
