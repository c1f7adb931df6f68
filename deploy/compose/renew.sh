#!/usr/bin/env bash
# Renews the certificate that secrets.sh made when it ends within 30 days, by the same authority and for the same names, and has
# Traefik take it. Of any other certificate it says when it ends, and fails. Started every week by picket-compose-renew.timer.
#
#   deploy/compose/renew.sh ENV_FILE
#
# ENV_FILE is the one that secrets.sh wrote: .env, or /etc/picket/compose.env.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
die() { echo "renew.sh: $1" >&2; exit "${2:-1}"; }

if [ $# -ne 1 ] || [[ $1 = -* ]]; then
  sed -n '5,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
fi
[ -f "$1" ] || die "$1: the settings were expected that secrets.sh wrote" 66
settings=$(realpath "$1")
folder=$(sed -n 's/^PICKET_SECRETS=//p' "$settings" | tail -1)
certificate=$folder/tls_certificate
[ -s "$certificate" ] || die "$certificate is missing: run secrets.sh" 66

lasts() { openssl x509 -checkend $((30 * 86400)) -noout -in "$certificate" >/dev/null; }
if lasts; then exit 0; fi

"$project/deploy/compose/secrets.sh" "$("$project/deploy/compose/names.sh" "$settings")" "$folder" "$settings"
lasts || die "$certificate is not from here, and nothing renews it: $(openssl x509 -enddate -noout -in "$certificate")"

# In its folder: names of files in COMPOSE_FILE are taken from there. Where Traefik does not run, it takes the certificate as it starts.
cd "$project"
if [ -n "$(docker compose --env-file "$settings" ps --quiet traefik)" ]; then docker compose --env-file "$settings" restart traefik; fi
