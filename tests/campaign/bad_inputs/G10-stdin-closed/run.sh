exec "$@" <&-
