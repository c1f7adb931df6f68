// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace picket {

// Sends one message to the service manager's socket (sd_notify(3)); `path` is $NOTIFY_SOCKET. 0, or the errno.
int notifyService(const std::string& path, const std::string& message);

}  // namespace picket
