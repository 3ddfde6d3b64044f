"$@" || status=$?
cat log >&2
exit "${status:-0}"
