// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <napi.h>

namespace picket {

// Isolation and releasePinned, for native/index.ts.
void exportIsolation(Napi::Env env, Napi::Object exports);

}  // namespace picket
