while read -r _ _ _ _ place _; do
  case $place in
    /proc* | /sys* | /dev*) ;;
    *) mount -o remount,bind,ro "$place" ;;
  esac
done < /proc/self/mountinfo
for file in probe /probe; do
  if touch $file 2> /dev/null; then
    echo "$file could be made"
    exit 99
  fi
done
exec "$@"
