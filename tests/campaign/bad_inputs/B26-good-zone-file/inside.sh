real=/usr/share/zoneinfo/Europe/Paris
cat $real > zone
mount --bind zone $real
exec "$@"
