exec "$@" 2>&-
