#!/usr/bin/env bash
# Makes what compose.yaml needs before its first start: passwords, a certificate from a CA of this installation, and .env.
#
#   deploy/compose/secrets.sh HOST [FOLDER [ENV_FILE]]
#
# HOST is the name or address by which agents and browsers reach this machine; more with commas between them. The secrets go to
# FOLDER and the settings to ENV_FILE (secrets and .env beside compose.yaml). What is there is kept: running it again adds what
# is missing, and makes a new certificate when HOST has changed or the old one ends within 30 days; a certificate that this CA did
# not sign is never touched. Needs openssl.
set -euo pipefail
umask 077

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
die() { echo "secrets.sh: $1" >&2; exit "${2:-1}"; }

if [ $# -lt 1 ] || [ $# -gt 3 ] || [[ $1 = -* ]]; then
  sed -n '4,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
fi
hosts=$1
settings=${3:-$project/.env}
[[ $hosts =~ ^[A-Za-z0-9.:-]+(,[A-Za-z0-9.:-]+)*$ ]] || die "$hosts: names or addresses were expected, with commas between them" 64
command -v openssl >/dev/null || die 'openssl is needed; install it with apt-get or dnf'
mkdir -p "${2:-$project/secrets}"
folder=$(cd "${2:-$project/secrets}" && pwd)

# Only the folder's owner gets in. The files themselves can be read by all, because Compose mounts each as it is, and
# each service reads it as a user of its own.
chmod 0700 "$folder"

# What an engine makes where a file was missing when it mounted it.
find "$folder" -mindepth 1 -maxdepth 1 -type d -empty -delete

# `keep FILE COMMAND…`: what the command prints, once. Through a file aside: a run that was cut off leaves no half secret.
keep() {
  local file=$folder/$1
  shift
  if [ ! -s "$file" ]; then
    "$@" >"$file.new"
    chmod 0444 "$file.new"
    mv "$file.new" "$file"
  fi
}

# The database was made with the password of the first start: while the URL is there, it is known.
first_postgres_password() { sed -n 's|^postgres://picket:\([^@]*\)@.*|\1|p' "$folder/postgres_url" 2>/dev/null | grep . || openssl rand -hex 32; }
keep postgres_password first_postgres_password
keep clickhouse_password openssl rand -hex 32
keep dashboard_secret openssl rand -hex 32
# 32 bytes, base64url. Agents know its public half: with a new one they obey nothing until they get a new configuration.
new_command_key() { openssl rand -base64 32 | tr '+/' '-_' | tr -d '='; }
keep command_key new_command_key
keep postgres_url printf 'postgres://picket:%s@postgres:5432/picket\n' "$(cat "$folder/postgres_password")"

# ---- the CA, and the certificate that Traefik shows

subject_names() {
  local name
  for name in ${hosts//,/ }; do
    if [[ $name =~ ^[0-9.]+$ || $name == *:* ]]; then printf ',IP:%s' "$name"; else printf ',DNS:%s' "$name"; fi
  done
}

if [ ! -s "$folder/ca.crt" ]; then
  # With the key of before, what it has signed and who trusts it stay as they are.
  if [ ! -s "$folder/ca.key" ]; then openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/ca.key" 2>/dev/null; fi
  openssl req -x509 -new -key "$folder/ca.key" -days 3650 -subj "/CN=Picket CA (${hosts%%,*})" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign -out "$folder/ca.crt.new" 2>/dev/null
  chmod 0444 "$folder/ca.crt.new"
  mv "$folder/ca.crt.new" "$folder/ca.crt"
fi

# Signed by the CA whose key is here; one that has ended, too.
is_ours() {
  [ -s "$folder/ca.key" ] && openssl verify -no_check_time -CAfile "$folder/ca.crt" "$folder/tls_certificate" >/dev/null 2>&1 &&
    [ "$(openssl pkey -in "$folder/ca.key" -pubout 2>/dev/null)" = "$(openssl x509 -in "$folder/ca.crt" -noout -pubkey 2>/dev/null)" ]
}
lasts() { openssl x509 -checkend $((30 * 86400)) -noout -in "$folder/tls_certificate" >/dev/null 2>&1; }

names=$(subject_names)
names=${names#,}
if [ -s "$folder/tls_certificate" ] && ! is_ours; then
  [ -s "$folder/ca.key" ] || [ "$(cat "$folder/tls_names" 2>/dev/null || echo "$names")" = "$names" ] ||
    die "$folder/ca.key is missing, with which the certificate of before was signed: put it there, or remove ca.crt, tls_certificate and tls_names to have all made anew"
  for name in ${hosts//,/ }; do
    check=-checkhost
    if [[ $name =~ ^[0-9.]+$ || $name == *:* ]]; then check=-checkip; fi
    openssl x509 -noout "$check" "$name" -in "$folder/tls_certificate" | grep -q 'does match' ||
      echo "$folder/tls_certificate is not for $name: agents and browsers will refuse it" >&2
  done
  [ -s "$folder/tls_key" ] || die "$folder/tls_key is missing: it belongs to tls_certificate, which is not from here; put it there, or remove tls_certificate to have both made"
  lasts || echo "$folder/tls_certificate ends within 30 days, and is not from here: replace it with tls_key, or remove both to have them made" >&2
  if ! grep -q '^PICKET_CA_FILE=$' "$settings" 2>/dev/null && ! openssl verify -no_check_time -partial_chain -CAfile "$folder/ca.crt" -untrusted "$folder/tls_certificate" "$folder/tls_certificate" >/dev/null 2>&1; then
    echo "$folder/ca.crt, which agents are given, does not vouch for tls_certificate: put its authority there, or, where every host knows that, PICKET_CA_FILE= into $settings" >&2
  fi
elif [ "$(cat "$folder/tls_names" 2>/dev/null)" != "$names" ] || [ ! -s "$folder/tls_key" ] || ! lasts; then
  [ -s "$folder/ca.key" ] || die "$folder/ca.key is missing: put it there, or remove ca.crt, tls_certificate and tls_names to have all made anew"
  work=$(mktemp -d "$folder/.new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=${hosts%%,*}" -keyout "$work/key" -out "$work/request" 2>/dev/null
  printf 'subjectAltName=%s\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n' "$names" >"$work/extensions"
  openssl x509 -req -in "$work/request" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days 397 -extfile "$work/extensions" \
    -out "$work/certificate" 2>/dev/null
  printf '%s\n' "$names" >"$work/names"
  chmod 0444 "$work"/{key,certificate}
  mv "$work/key" "$folder/tls_key"
  mv "$work/certificate" "$folder/tls_certificate"
  mv "$work/names" "$folder/tls_names"
  echo "A certificate for $hosts was made; if Picket runs: docker compose restart traefik"
fi

# Where SELinux guards containers, they may read only what is labelled so.
if command -v selinuxenabled >/dev/null && selinuxenabled; then chcon -R -t container_file_t "$folder"; fi

# ---- what is not secret

touch "$settings"
set_once() { grep -q "^$1=" "$settings" || printf '%s=%s\n' "$1" "$2" >>"$settings"; }
set_always() {
  sed -i "/^$1=/d" "$settings"
  printf '%s=%s\n' "$1" "$2" >>"$settings"
}
set_always PICKET_HOST "${hosts%%,*}"
set_always PICKET_SECRETS "$folder"
set_once PICKET_KAFKA_CLUSTER "$(openssl rand -base64 16 | tr '+/' '-_' | tr -d '=')"
echo "Secrets are in $folder, settings in $settings. Agents and browsers are to trust $folder/ca.crt."
