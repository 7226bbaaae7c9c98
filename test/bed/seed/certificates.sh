#!/bin/bash
# One certificate authority and one certificate per host, good for servers and clients, below /seed/pki.
set -euo pipefail
umask 077
install -d -m 0700 /seed/pki
cd /seed/pki
openssl ecparam -name prime256v1 -genkey -noout -out ca-key.pem
openssl req -x509 -new -key ca-key.pem -sha256 -days 3650 -subj "/CN=regent bed CA" -out ca.pem
python3 - <<'PY' >hosts
import json
for host in json.load(open('/seed/plan.json'))['hosts']:
    print(host['name'], host['address'])
PY
while read -r name address; do
  openssl ecparam -name prime256v1 -genkey -noout -out "$name-key.pem"
  openssl req -new -key "$name-key.pem" -subj "/CN=$name" -out "$name.csr"
  printf 'subjectAltName=DNS:%s,DNS:localhost,IP:%s,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$name" "$address" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -sha256 -days 3650 -extfile "$name.ext" -out "$name.pem" 2>/dev/null
  rm "$name.csr" "$name.ext"
done <hosts
rm hosts
