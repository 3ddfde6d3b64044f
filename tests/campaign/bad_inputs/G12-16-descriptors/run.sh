ulimit -n 16; exec "$@"
