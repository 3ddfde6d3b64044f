{
  until [ "$(cat /proc/1/comm)" = prewarm ]; do sleep 0.05; done
  while sleep 0.2; do kill -s TERM 1; done
} &
exec "$@"
