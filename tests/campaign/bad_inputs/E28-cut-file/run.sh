"$@" > first.txt 2>&1
truncate -s 5000 cache.db
exec "$@"
