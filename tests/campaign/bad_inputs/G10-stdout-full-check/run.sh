exec "$@" >/dev/full
