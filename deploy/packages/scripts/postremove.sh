#!/bin/sh
# When the files are gone. dpkg: remove, purge and others; rpm: how many of the package are left.
set -e
unit=monitoringAgent.service
config=/etc/monitoringAgent.conf
spool=/var/lib/monitoringAgent

case $1 in
  purge)
    rm -rf "$spool" "$config"
    rm -f "/etc/systemd/system/multi-user.target.wants/$unit"
    ;;
  remove) ;;
  0) echo "picket-agent: kept $config and $spool" ;;
  *) exit 0 ;;
esac
rm -rf /sys/fs/bpf/picket
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
