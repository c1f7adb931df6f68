#!/usr/bin/env bash
# A booted systemd as a disposable machine: nspawn over an overlay of this host's root. What is written there vanishes with it.
#   systemd-bed.sh up FOLDER   boots (about 1 s) with FOLDER at /srv/picket, and waits until systemd says that it runs
#   systemd-bed.sh run CMD...  runs CMD inside as root
#   systemd-bed.sh down        shuts it down and removes what it left
# BED names the folder for its state (default /var/tmp/picket-bed). Needs root and Debian's systemd-container.
# It has a network of its own with nothing but loopback, so that a server for the agent has to run inside as well; and the interface
# of this machine that BED_INTERFACE names, where it does.
set -euo pipefail

bed=${BED:-/var/tmp/picket-bed}
name=picket-$(basename "$bed")

leader() {
  local children
  children=$(cat /proc/"$(cat "$bed/pid")"/task/*/children 2>/dev/null) || return 1
  echo "${children%% *}"
}

inside() {
  nsenter -t "$(leader)" --mount --uts --ipc --pid --net --root --wdns=/ \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 "$@"
}

# The folder is an overlay of its own: the bed's /tmp is new, and it may lie there.
up() {
  mkdir -p "$bed/disk"
  mount -t tmpfs picket-bed "$bed/disk"
  mkdir -p "$bed/disk/upper" "$bed/disk/work" "$bed/disk/root"
  mount -t overlay picket-bed -o "lowerdir=/,upperdir=$bed/disk/upper,workdir=$bed/disk/work" "$bed/disk/root"
  : >"$bed/disk/root/etc/machine-id"
  mkdir -p /sys/fs/bpf
  # The filter re-allows what nspawn denies by default; the binds hand over the kernel's BPF file system and type information.
  setsid systemd-nspawn --quiet --boot --directory "$bed/disk/root" --machine "$name" --register=no --keep-unit \
    --capability=all --system-call-filter='bpf perf_event_open' --link-journal=no --console=pipe --resolv-conf=off --private-network \
    --bind=/sys/fs/bpf --bind-ro=/sys/kernel/btf --overlay="$1::/srv/picket" \
    </dev/null >"$bed/console.log" 2>&1 &
  echo $! >"$bed/pid"
  local state='not started'
  for _ in $(seq 300); do
    kill -0 "$(cat "$bed/pid")" 2>/dev/null || break
    state=$(inside systemctl is-system-running 2>/dev/null) || true
    case $state in running | degraded)
      # By hand: nspawn's own way asks udev, which not every machine has.
      if [ -n "${BED_INTERFACE:-}" ]; then ip link set "$BED_INTERFACE" netns "$(leader)"; fi
      echo "$state"
      return 0
      ;;
    esac
    sleep 0.1
  done
  echo "systemd did not come up in the bed (state: ${state:-none}); its console:" >&2
  cat "$bed/console.log" >&2
  down
  return 1
}

down() {
  local nspawn init
  nspawn=$(cat "$bed/pid" 2>/dev/null) || return 0
  init=$(leader) || true
  # SIGRTMIN+4 asks systemd to power off.
  if [ -n "$init" ]; then kill -RTMIN+4 "$init" 2>/dev/null || true; fi
  for _ in $(seq 150); do
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$nspawn" ${init:+"$init"} 2>/dev/null || true
  find /sys/fs/cgroup/systemd/payload /sys/fs/cgroup/unified/payload /sys/fs/cgroup/systemd/supervisor \
    /sys/fs/cgroup/unified/supervisor -depth -type d -exec rmdir {} + 2>/dev/null || true
  umount "$bed/disk/root" 2>/dev/null || true
  umount "$bed/disk" 2>/dev/null || true
  rm -rf "$bed/pid"
}

case ${1:-} in
  up) up "$(realpath "${2:?which folder goes to /srv/picket?}")" ;;
  run)
    shift
    inside "$@"
    ;;
  down) down ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
