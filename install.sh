#!/usr/bin/env bash
# Installs Picket for good under /opt/picket, as systemd services. Run it as root from a clone; running it again upgrades.
#
#   ./install.sh agent --config FILE    this host's agent; FILE comes from "Add endpoint" in the dashboard
#   ./install.sh server                 the server: agents on port 5001, dashboard on port 3000
#   ./install.sh server --compose [--host NAME]
#                                       the server in containers with Kafka, ClickHouse, PostgreSQL and Traefik (docs/compose.md)
#   ./install.sh agent|server [--compose] --uninstall [--purge]
#                                       --purge also removes configuration, spool and data
#
# Everything that can be known beforehand is checked before anything is changed.
set -euo pipefail

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=/opt/picket
agent_config=/etc/monitoringAgent.conf
agent_command=/usr/local/bin/picket-agent

die() { echo "install.sh: $1" >&2; exit "${2:-1}"; }
usage() { sed -n '4,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'; }

for argument in "$@"; do
  case $argument in --help | -h) usage; exit 0 ;; esac
done
# In containers it is another installation, with nothing in common but the name.
for argument in "$@"; do
  if [ "$argument" = --compose ]; then
    [ "$1" = server ] || die '--compose goes with server: ./install.sh server --compose' 64
    rest=()
    for each in "${@:2}"; do [ "$each" = --compose ] || rest+=("$each"); done
    exec "$source_folder/deploy/compose/install.sh" ${rest[@]+"${rest[@]}"}
  fi
done

role='' config='' uninstall=no purge=no
while [ $# -gt 0 ]; do
  case $1 in
    agent | server) role=$1 ;;
    --config) config=${2:-}; [ -n "$config" ] || die 'after --config the name of a file was expected' 64; shift ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    *) usage >&2; die "unknown argument $1" 64 ;;
  esac
  shift
done
case $role in
  agent) unit=monitoringAgent.service ;;
  server) unit=picket.service ;;
  *) usage >&2; die 'agent or server was expected' 64 ;;
esac
[ "$purge" = no ] || [ "$uninstall" = yes ] || die '--purge goes with --uninstall' 64

# ---- what has to be true before anything is changed

[ "$(id -u)" = 0 ] || die "root is needed; run: sudo $0 $role${config:+ --config $config}"
[ -d /run/systemd/system ] || die 'systemd does not run on this host; npm start runs Picket without it'

[ ! -e "$target/.packaged" ] || die "$target is kept by the package picket-agent: use the package manager, or remove the package first"

if [ "$uninstall" = yes ]; then
  # So that an agent's last word says why it ends.
  [ "$role" = server ] || touch /run/picket-agent.uninstalling
  systemctl disable --now "$unit" 2>/dev/null || true
  rm -f /run/picket-agent.uninstalling
  # Without an agent nobody would end an isolation.
  if [ "$role" = agent ] && [ -f "$agent_config" ] && [ -f "$target/agent/main.ts" ]; then
    "$target/node_modules/.bin/node" "$target/agent/main.ts" release --config "$agent_config" >/dev/null || true
  fi
  rm -f "/etc/systemd/system/$unit"
  [ "$role" = server ] || rm -f "$agent_command"
  systemctl daemon-reload
  rm -f "$target/.installed-$role"
  if ! compgen -G "$target/.installed-*" >/dev/null; then rm -rf "$target"; fi
  kept=(/var/lib/picket)
  [ "$role" = server ] || kept=("$agent_config" /var/lib/monitoringAgent)
  if [ "$purge" = yes ]; then
    rm -rf "${kept[@]}"
    echo "Removed the $role, and ${kept[*]}."
  else
    echo "Removed the $role. Kept: ${kept[*]} (--purge removes them too)."
  fi
  exit 0
fi

command -v apt-get >/dev/null || command -v dnf >/dev/null || die 'neither apt-get nor dnf is here: this installer knows Debian and Fedora'
command -v npm >/dev/null || die 'Node.js with npm is needed, version 20 or newer'
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 20 ] || die "Node.js 20 or newer is needed, and $(node --version) is here"

# The first thing wrong with the agent's file, as "FILE:LINE: what"; the agent's own parser says the rest later.
config_error() {
  awk -v file="$1" '
    function fail(what) { print file ":" NR ": " what; failed = 1; exit }
    /\r$/ { fail("the line ends as on Windows (CRLF)") }
    /^#/ || /^$/ { next }
    !/^[a-z_]+=/ { fail("name=value without spaces around = was expected") }
    { name = substr($0, 1, index($0, "=") - 1); seen[name] = 1 }
    END {
      if (failed) exit
      count = split("api key name id buffer_size batch_size", needed, " ")
      for (i = 1; i <= count; i++) if (!(needed[i] in seen)) { print file ": " needed[i] "= is missing"; exit }
    }' "$1"
}

if [ "$role" = agent ]; then
  kernel=$(uname -r)
  IFS=. read -r major minor _ <<<"$kernel"
  [ $((major * 1000 + ${minor%%[!0-9]*})) -ge 5008 ] || die "kernel 5.8 or newer is needed, and this is $kernel"
  [ -e /sys/kernel/btf/vmlinux ] || die 'the kernel has no BTF (/sys/kernel/btf/vmlinux); boot one built with CONFIG_DEBUG_INFO_BTF=y'
  if [ -z "$config" ] && [ -f "$agent_config" ]; then config=$agent_config; fi
  [ -n "$config" ] || die 'which configuration? --config FILE, from "Add endpoint" in the dashboard' 64
  if [ ! -f "$config" ] || [ ! -r "$config" ]; then die "there is no readable file $config" 78; fi
  [ "$(stat -c %s "$config")" -le 65536 ] || die "$config is larger than 64 KiB: that is no configuration file" 78
  wrong=$(config_error "$config")
  [ -z "$wrong" ] || die "$wrong" 78
elif [ ! -f "$target/.installed-server" ]; then
  for port in 3000 3001 5001; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is in use on this host; stop what uses it (npm start?) first"; fi
  done
fi

# ---- build in the clone, then move into place

cd "$source_folder"
if [ "$role" = agent ]; then
  node deploy/setup/setup.mjs --no-dashboard
  node_modules/.bin/node agent/main.ts check-config --config "$config" || exit 78
  workspaces=(agent native proto)
else
  node deploy/setup/setup.mjs --no-sensor
  workspaces=(services proto)
fi

# Copies what the role needs to run beside what is there.
copy_role() {
  local place=$1
  node_modules/.bin/node deploy/packages/tree.ts "$place" "${workspaces[@]}"
  if [ "$role" = server ]; then
    rm -rf "$place/dashboard"
    mkdir -p "$place/dashboard/.next"
    cp -a --remove-destination dashboard/package.json dashboard/start.ts dashboard/server "$place/dashboard/"
    cp -a --remove-destination dashboard/.next/standalone "$place/dashboard/.next/"
  fi
  touch "$place/.installed-$role"
}

echo "… copying to $target"
rm -rf "$target.new"
if [ -d "$target" ]; then cp -al "$target" "$target.new"; else mkdir -p "$target.new"; fi
copy_role "$target.new"
chown -R root:root "$target.new"
chmod -R go-w,a+rX "$target.new"

systemctl stop "$unit" 2>/dev/null || true
rm -rf "$target.old"
if [ -d "$target" ]; then mv "$target" "$target.old"; fi
mv "$target.new" "$target"
rm -rf "$target.old"

if [ "$role" = agent ]; then
  if [ "$(realpath "$config")" != "$agent_config" ]; then
    install -m 0600 -o root -g root "$config" "$agent_config"
  fi
  chmod 0600 "$agent_config"
  systemd-sysusers "$source_folder/deploy/systemd/picket-agent.conf"
  mkdir -p "${agent_command%/*}"
  ln -sf "$target/bin/picket-agent" "$agent_command"
else
  id picket >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/picket --shell /usr/sbin/nologin picket
  # A server that was tried with npm start kept its data here as root.
  if [ -d /var/lib/picket ]; then chown -R picket:picket /var/lib/picket; fi
fi

install -m 0644 "deploy/systemd/$unit" "/etc/systemd/system/$unit"
systemctl daemon-reload
systemctl enable --quiet "$unit"
if ! systemctl restart "$unit"; then
  journalctl --unit "$unit" --lines 20 --no-pager >&2 || true
  die "$unit did not start; the last lines of its log are above"
fi

if [ "$role" = agent ]; then
  echo "The agent runs: systemctl status $unit, picket-agent status"
  exit 0
fi

answers() { node -e 'fetch("http://127.0.0.1:3000/login").then(() => process.exit(0), () => process.exit(1))'; }
for _ in $(seq 60); do
  if answers && [ -f /var/lib/picket/dashboard.secret ]; then
    echo "The server runs: http://$(hostname):3000 (systemctl status $unit)"
    if [ -f /var/lib/picket/first-admin ]; then
      echo "First login: $(cat /var/lib/picket/first-admin)  (you choose your own password then; afterwards remove /var/lib/picket/first-admin)"
    fi
    exit 0
  fi
  systemctl is-active --quiet "$unit" || break
  sleep 1
done
journalctl --unit "$unit" --lines 20 --no-pager >&2 || true
die "$unit does not serve; the last lines of its log are above"
