# root sees its own files as those of 12345, and has lost all rights besides
# shellcheck disable=SC2016
exec unshare --map-user=12345 --map-group=12345 bash -euc '
  if getent passwd "$(id -u)"; then exit 99; fi
  [ "$(id -u)" = 12345 ]
  exec "$@"' uid "$@"
