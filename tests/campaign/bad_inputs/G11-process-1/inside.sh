{
  until grep -qs run.ended log; do sleep 0.05; done
  # What a health check may leave behind: its parent is now process 1.
  orphan=$(true > /dev/null & echo $!)
  for _ in {1..60}; do [ -d "/proc/$orphan" ] || break; sleep 0.05; done
  echo "zombies: $({ grep -l '^State:.*Z' /proc/[0-9]*/status || true; } 2> /dev/null | wc -l)" >> log
  kill -s "{{each}}" 1
} &
exec "$@" 2>> log
