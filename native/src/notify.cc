// SPDX-License-Identifier: Apache-2.0
// Node has no datagram sockets of the unix family, and starting systemd-notify for each watchdog ping would be a process each.
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace picket {

int notifyService(const std::string& path, const std::string& message) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return EINVAL;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  // A leading @ stands for an abstract name.
  if (path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  ssize_t sent = sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                        reinterpret_cast<sockaddr*>(&address), length);
  int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

}  // namespace picket
