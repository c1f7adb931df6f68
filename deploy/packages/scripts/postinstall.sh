#!/bin/sh
# When the files are there. dpkg: configure and the version before, if any, or abort-*; rpm: how many of the package there are now.
set -e
unit=monitoringAgent.service
config=/etc/monitoringAgent.conf

case $1 in
  configure) if [ -z "$2" ]; then how=first; else how=again; fi ;;
  1) how=first ;;
  *) how=again ;;
esac

systemd-sysusers picket-agent.conf
[ "$how" = again ] || systemctl enable --quiet "$unit"
# An image is being made where no systemd runs.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
if [ ! -e "$config" ]; then
  echo "picket-agent: put this host's configuration (\"Add endpoint\" in the dashboard) to $config, then: systemctl start $unit"
  exit 0
fi
chmod 0600 "$config"
systemctl is-enabled --quiet "$unit" || exit 0
# A host that is not watched is worse than a package that complains.
systemctl restart "$unit" || echo "picket-agent: $unit did not start: journalctl --unit $unit" >&2
