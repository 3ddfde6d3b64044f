{
  until grep -qs store.connected log; do sleep 0.05; done
  kill -s TERM 1
} &
exec "$@" 2>> log
