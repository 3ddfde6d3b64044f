#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# peer.sh single NAME URL SOCKET IDS
# The script that people write instead: curl, jq and redis-cli, with the same envelope and the value read back. jq is
# given the body only to say that it is JSON and what time it is; the body's own bytes go into the value.
set -e
name=$2 url=$3 socket=$4 key="$2:bench:v1"
body=$(curl -sf "$url")
instant=$(printf '%s' "$body" | jq -r 'now | (. * 1000 | floor) as $ms | strftime("%Y-%m-%dT%H:%M:%S.") + ($ms % 1000 + 1000 | tostring)[1:] + "Z"')
value="{\"version\":1,\"lastUpdated\":\"$instant\",\"payload\":$body}"
printf '%s' "$value" | redis-cli -s "$socket" -x PSETEX "$key" 10800000 > /dev/null
[ "$(redis-cli -s "$socket" GET "$key")" = "$value" ] || { echo "peer.sh: $name was not read back" >&2; exit 1; }
