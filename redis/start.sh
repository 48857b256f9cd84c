#!/bin/sh
# Starts the Redis of one node in a container, with the users of users.acl. It decides nothing but the
# passwords: the nodes' from REDIS_PASSWORD or the file REDIS_PASSWORD_FILE, the admin's by chance. The files
# lie in memory (/tmp is a tmpfs) and are for this user alone. Arguments go to redis-server.
set -eu
umask 077

password=${REDIS_PASSWORD:-}
if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  password=$(cat "$REDIS_PASSWORD_FILE") # The line's end that editors leave is cut off.
fi
if [ "${#password}" -lt 8 ]; then
  echo "REDIS_PASSWORD, or what REDIS_PASSWORD_FILE names, must have at least 8 characters" >&2
  exit 1
fi
admin=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')

sha256() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
sed -e '/^#/d' \
  -e "s/<RINGKV_SHA256>/$(sha256 "$password")/" \
  -e "s/<ADMIN_SHA256>/$(sha256 "$admin")/" \
  /etc/ringkv/users.acl > /tmp/users.acl
printf %s "$admin" > /tmp/admin.password

unset password admin REDIS_PASSWORD
exec redis-server "$@" --aclfile /tmp/users.acl
