"$@" > first.txt 2>&1
printf '\x7f\xff\xff\xff' | dd of=cache.db bs=1 seek=60 conv=notrunc status=none
exec "$@"
