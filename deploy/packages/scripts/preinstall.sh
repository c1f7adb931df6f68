#!/bin/sh
# Before the files are written. dpkg: install or upgrade; rpm: how many of the package there will be.
set -e
for role in agent server; do
  if [ -e /opt/picket/.installed-$role ]; then
    echo "picket-agent: /opt/picket holds what install.sh put there; in its clone run: ./install.sh $role --uninstall (configuration and data are kept)" >&2
    exit 1
  fi
done
