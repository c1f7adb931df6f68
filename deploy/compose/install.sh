#!/usr/bin/env bash
# Installs Picket's server in containers: called by install.sh server --compose, which says how.
#
#   deploy/compose/install.sh [--host NAME[,NAME…]] [--uninstall [--purge]]
#
# Everything that can be known beforehand is checked before anything is changed.
set -euo pipefail

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=/opt/picket-compose
settings_folder=/etc/picket
settings=$settings_folder/compose.env
unit=picket-compose.service
renewal=picket-compose-renew

die() { echo "install.sh: $1" >&2; exit "${2:-1}"; }

host='' uninstall=no purge=no
while [ $# -gt 0 ]; do
  case $1 in
    --host) host=${2:-}; [ -n "$host" ] || die 'after --host a name or address was expected' 64; shift ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    *) die "unknown argument $1 beside server --compose" 64 ;;
  esac
  shift
done
[ "$purge" = no ] || [ "$uninstall" = yes ] || die '--purge goes with --uninstall' 64
[ "$(id -u)" = 0 ] || die 'root is needed; run: sudo ./install.sh server --compose'
[ -d /run/systemd/system ] || die 'systemd does not run on this host; docs/compose.md tells how to start without it'

setting() { sed -n "s/^$1=//p" "$settings" 2>/dev/null | tail -1 || true; }
override=compose.override.yaml
# In its folder: names of files in COMPOSE_FILE are taken from where Compose is run.
compose() (cd "$target" && docker compose --env-file "$settings" "$@")

if [ "$uninstall" = yes ]; then
  [ -d "$target" ] || [ -d "$settings_folder" ] || die "the server in containers is not installed here: there is neither $target nor $settings_folder"
  systemctl disable --now "$renewal.timer" 2>/dev/null || true
  systemctl disable --now "$unit" 2>/dev/null || true
  if [ -f "$settings" ] && [ -d "$target" ]; then
    # The volumes without a name go with their containers.
    compose rm --stop --force --volumes >/dev/null
    compose down --remove-orphans
  fi
  # By what Compose notes on all that it makes: the folder may be gone since an earlier time.
  made() { docker "$1" ls --quiet --filter label=com.docker.compose.project=picket 2>/dev/null | sort -u || true; }
  made image | xargs --no-run-if-empty docker image rm --force >/dev/null
  if [ "$purge" = yes ]; then made volume | xargs --no-run-if-empty docker volume rm >/dev/null; fi
  rm -f "/etc/systemd/system/$unit" "/etc/systemd/system/$renewal".{service,timer}
  systemctl daemon-reload
  rm -rf "$target"
  if [ "$purge" = yes ]; then
    rm -rf "$settings_folder"
    echo "Removed the server's containers and images, its data and $settings_folder."
  else
    echo "Removed the server's containers and images. Kept: $settings_folder and Docker's volumes picket_* (--purge removes them too)."
  fi
  exit 0
fi

command -v apt-get >/dev/null || command -v dnf >/dev/null || die 'neither apt-get nor dnf is here: this installer knows Debian and Fedora'
[ "$(nproc)" -ge 2 ] || die 'two processors are needed, and this host has one: Docker refuses limits above that'
command -v openssl >/dev/null || die 'openssl is needed; install it with apt-get or dnf'
if [ -z "$host" ] && [ -f "$settings" ]; then host=$("$source_folder/deploy/compose/names.sh" "$settings"); fi
host=${host:-$(hostname --fqdn 2>/dev/null || hostname)}
[[ $host =~ ^[A-Za-z0-9.:-]+(,[A-Za-z0-9.:-]+)*$ ]] || die "--host $host: names or addresses were expected, with commas between them" 64
if [ ! -d "$target" ]; then
  for each in HTTP=80 HTTPS=443 DASHBOARD=3000 INGRESS=5001; do
    port=$(setting "PICKET_${each%=*}_PORT")
    port=${port:-${each#*=}}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is in use on this host; stop what uses it first (install.sh server --uninstall?)"; fi
  done
fi

# ---- Docker with its Compose plugin, from the distribution's packages

compose_works() { docker compose version >/dev/null 2>&1; }

# The version that the sources have of a Debian package; nothing where they have none.
candidate() { apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'; }

# The first of the packages that the sources have with version 2 or newer.
debian_plugin() {
  local name version
  for name in docker-compose-v2 docker-compose-plugin docker-compose; do
    version=$(candidate "$name")
    if [ -n "$version" ] && dpkg --compare-versions "${version#*:}" ge 2; then
      echo "$name"
      return
    fi
  done
}

if ! compose_works; then
  if command -v apt-get >/dev/null; then
    apt-get update
    plugin=$(debian_plugin)
    [ -n "$plugin" ] || die 'this distribution has no Docker Compose 2: install Docker from https://docs.docker.com/engine/install/ (Debian 13 and newer have it), then run this again'
    packages=("$plugin")
    if ! command -v docker >/dev/null; then
      packages+=(docker.io)
      # Where they are packages of their own, and hosts do without recommended ones.
      for name in docker-cli docker-buildx; do
        [ -z "$(candidate "$name")" ] || packages+=("$name")
      done
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -o DPkg::Lock::Timeout=300 "${packages[@]}"
  else
    packages=(docker-compose)
    command -v docker >/dev/null || packages+=(moby-engine)
    dnf install -y "${packages[@]}"
  fi
  compose_works || die 'Docker was installed, but docker compose does not work; docker compose version says why'
fi
systemctl enable --now --quiet docker.service || die 'docker.service does not start; journalctl --unit docker says why'

# ---- build, then start

echo "… copying to $target"
rm -rf "$target.new"
mkdir -p "$target.new"
cd "$source_folder"
tar --exclude=node_modules --exclude=.next --exclude='*/gen' --exclude="$override" -c .dockerignore .npmrc Dockerfile compose*.yaml package.json package-lock.json \
  {agent,bench,e2e,native}/package.json proto services dashboard deploy/compose deploy/traefik | tar -C "$target.new" -x --no-same-owner
rm -rf "$target.old"
# What an operator changes in the services is a setting: it outlives this folder.
mkdir -p "$settings_folder"
ln -s "$settings_folder/$override" "$target.new/$override"
for own in "$target/$override" "$source_folder/$override"; do
  if [ -f "$own" ] && [ ! -L "$own" ] && [ ! -e "$settings_folder/$override" ]; then cp "$own" "$settings_folder/$override"; fi
done
if [ -d "$target" ]; then mv "$target" "$target.old"; fi
mv "$target.new" "$target"
rm -rf "$target.old"

"$target/deploy/compose/secrets.sh" "$host" "$settings_folder/secrets" "$settings"
compose build || die "the images could not be built; what was installed before goes on running"

install -m 0644 "$source_folder/deploy/systemd/"{"$unit","$renewal.service","$renewal.timer"} /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now --quiet "$renewal.timer"
systemctl enable --quiet "$unit"
if ! systemctl restart "$unit"; then
  journalctl --unit "$unit" --lines 10 --no-pager >&2 || true
  compose ps --all >&2 || true
  die "$unit did not start: above are the end of its log and its containers, and (cd $target && docker compose --env-file $settings logs) tells theirs"
fi
echo "The server runs: https://${host%%,*} (systemctl status $unit); agents and browsers are to trust $settings_folder/secrets/ca.crt"
if login=$(compose exec -T api cat /var/lib/picket/first-admin 2>/dev/null); then
  echo "First login: $login  (you choose your own password then)"
fi
