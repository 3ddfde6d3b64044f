exec "$@" >&-
