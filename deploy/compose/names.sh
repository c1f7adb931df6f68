#!/usr/bin/env bash
# Prints the names that secrets.sh made the certificate for, with commas between them; the first one is what agents and browsers are told.
#
#   deploy/compose/names.sh ENV_FILE
set -euo pipefail

setting() { sed -n "s/^$1=//p" "$settings" | tail -1; }
settings=$1
host=$(setting PICKET_HOST)
kept=$(setting PICKET_SECRETS)/tls_names
names=$host
if [ -s "$kept" ]; then
  # As a certificate has them: DNS:one,IP:two.
  read -ra others < <(sed -E 's/(^|,)(DNS|IP):/ /g' "$kept")
  for name in "${others[@]}"; do
    if [ "$name" != "$host" ]; then names+=,$name; fi
  done
fi
echo "$names"
