#!/usr/bin/env bash
# Debian's kernels, one at a time, booted in QEMU without KVM over this host's root (read-only, by 9p, below a tmpfs).
#   bed.sh newest SERIES        the newest package of 6.1, 6.12, 7, ... that the mirror has in any suite; empty where none
#   bed.sh get PACKAGE          downloads and unpacks it, makes its initramfs
#   bed.sh run PACKAGE CMD...   boots it and runs CMD by sh as root, in /out; exits with its status, 125 where the boot failed
# BED is the folder for all of it, some 500 MB a kernel (default ~/.cache/picket-kernels); OUT is /out of the guest;
# LIMIT is the seconds that a run may take. The guest reaches this machine's loopback at 10.0.2.2. Needs qemu-system-x86,
# busybox-static, cpio, kmod and xz-utils; nothing is installed.
set -euo pipefail

bed=${BED:-$HOME/.cache/picket-kernels}
tree=$bed/kernels/${2:-}

# An apt of its own: the host's suites and lists stay as they are.
apt() {
  local program=$1
  shift
  "$program" -q -o Dir::Etc::sourcelist="$bed/apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$bed/apt/lists" -o Dir::Cache="$bed/apt/cache" "$@"
}

refresh() {
  mkdir -p "$bed"/apt/{lists/partial,cache/archives/partial}
  [ -z "$(find "$bed/apt/fresh" -mmin -1440 2>/dev/null)" ] || return 0
  local uris mirror security keys=/usr/share/keyrings/debian-archive-keyring.gpg
  uris=$(apt-get indextargets --format "\$(REPO_URI)" | sort -u)
  mirror=$(grep '/debian/\?$' <<<"$uris" | head -n 1 || true)
  security=$(grep '/debian-security/\?$' <<<"$uris" | head -n 1 || true)
  for suite in bullseye bookworm bookworm-backports trixie trixie-backports sid; do
    echo "deb [signed-by=$keys] ${mirror:?apt names no Debian mirror: run apt-get update once} $suite main"
  done >"$bed/apt/sources.list"
  for suite in bullseye bookworm trixie; do
    echo "deb [signed-by=$keys] ${security:-$mirror-security} $suite-security main"
  done >>"$bed/apt/sources.list"
  # A suite that the mirror does not have any more must not keep the others away.
  apt apt-get update >&2 || true
  touch "$bed/apt/fresh"
}

newest() {
  refresh
  apt apt-cache pkgnames linux-image- | grep -E "^linux-image-${1//./\\.}\.[0-9a-z.+~-]*-amd64\$" |
    grep -vE 'cloud|rt-|unsigned|dbg' | sort -V | tail -n 1 || true
}

# From 6.19 on an image is split: linux-binary-* has the kernel, linux-modules-* its modules.
get() {
  local package=$1 version=${1#linux-image-} release each depends
  [ ! -e "$tree/initramfs.gz" ] || return 0
  rm -rf "$tree"
  mkdir -p "$tree/boot" "$bed/debs"
  cd "$bed/debs"
  depends=$(apt apt-cache depends "$package")
  for each in "$package" "linux-binary-$version" "linux-modules-$version" "linux-base-$version"; do
    [ "$each" = "$package" ] || grep -qF "$each" <<<"$depends" || continue
    apt apt-get download "$each" >&2
    dpkg-deb -x "$each"_*.deb "$tree"
    rm -f "$each"_*.deb
  done
  [ -e "$tree/lib" ] || ln -s usr/lib "$tree/lib"
  [ -n "$(find "$tree/boot" -name 'vmlinuz*')" ] || cp "$(find "$tree/usr" -name 'vmlinuz*' | head -n 1)" "$tree/boot/vmlinuz"
  release=$(ls "$tree/lib/modules")
  depmod -b "$tree" "$release"
  initramfs "$release"
}

initramfs() {
  local root=$tree/initramfs module file number=100
  mkdir -p "$root"/{bin,mods,proc,sys,dev,ro,rw,new}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for module in virtio_pci virtio_console virtio_net 9pnet_virtio 9p overlay; do
    modprobe -d "$tree" -S "$1" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' | while read -r file; do
    number=$((number + 1))
    case $file in
      *.xz) xz -dc "$file" >"$root/mods/$number" ;;
      *) cp "$file" "$root/mods/$number" ;;
    esac
  done
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
for module in /mods/*; do $b insmod $module; done
nine=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o $nine,cache=loose,ro root /ro
$b mount -t tmpfs t /rw; $b mkdir -p /rw/upper /rw/work
$b mount -t overlay o -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work /new
$b mkdir -p /new/out; $b mount -t 9p -o $nine out /new/out
for each in proc sys dev; do $b mount --move /$each /new/$each; done
exec $b switch_root /new /bin/sh /out/.guest
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$tree/initramfs.gz"
}

run() {
  local out=${OUT:-$tree/out} nine=security_model=none
  mkdir -p "$out"
  rm -f "$out/.status"
  cat >"$out/.guest" <<GUEST
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
mkdir -p /dev/pts /dev/shm; mount -t devpts p /dev/pts; mount -t tmpfs t /dev/shm; mount -t tmpfs t /run
mount -t cgroup2 c /sys/fs/cgroup; mount -t tracefs t /sys/kernel/tracing; mount -t bpf b /sys/fs/bpf
ip link set lo up
for each in /sys/class/net/e*; do
  ip link set "\${each##*/}" up; ip address add 10.0.2.15/24 dev "\${each##*/}"
done
cd /out; (
$*
); echo \$? >/out/.status; sync; echo o >/proc/sysrq-trigger; while :; do :; done
GUEST
  timeout "${LIMIT:-180}" nice -n 10 qemu-system-x86_64 -nodefaults -no-reboot -display none -serial stdio -machine q35 \
    -accel tcg,thread=multi -cpu max -smp 2 -m 2048 -kernel "$tree"/boot/vmlinuz* -initrd "$tree/initramfs.gz" \
    -append 'console=ttyS0 quiet panic=-1 mitigations=off audit=0 random.trust_cpu=on nokaslr' \
    -fsdev "local,id=r,path=/,$nine,readonly=on,multidevs=remap" -device virtio-9p-pci,fsdev=r,mount_tag=root \
    -fsdev "local,id=o,path=$out,$nine" -device virtio-9p-pci,fsdev=o,mount_tag=out \
    -netdev user,id=n -device virtio-net-pci,netdev=n,romfile= -device virtio-rng-pci </dev/null || true
  [ -f "$out/.status" ] || exit 125
  exit "$(cat "$out/.status")"
}

case ${1:-} in
  newest | get) "$@" ;;
  run) shift 2 && run "$@" ;;
  *) sed -n 2,9p "$0" && exit 2 ;;
esac
