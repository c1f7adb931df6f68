#!/bin/sh
# Before the files go. dpkg: remove, upgrade, deconfigure or failed-upgrade; rpm: how many of the package will be left.
set -e
unit=monitoringAgent.service
config=/etc/monitoringAgent.conf

# An upgrade does not stop the agent: it watches until the new one takes over.
case $1 in
  remove | 0) ;;
  *) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  # So that its last word says why it ends.
  touch /run/picket-agent.uninstalling
  systemctl stop "$unit" || true
  rm -f /run/picket-agent.uninstalling
fi
# Without an agent nobody would end an isolation.
if [ -f "$config" ]; then
  /opt/picket/bin/picket-agent release --config "$config" >/dev/null || true
fi
# dpkg keeps until its purge whether the unit was enabled; rpm has no such thing.
if [ "$1" = 0 ]; then systemctl disable --quiet "$unit" || true; fi
