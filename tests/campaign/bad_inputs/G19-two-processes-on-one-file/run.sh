"$@" > first.txt 2>&1 &
"$@"; wait
