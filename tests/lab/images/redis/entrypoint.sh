#!/bin/sh
# Like the public image: options alone start the server; it runs as redis, and other containers may connect.
set -eu
case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "${1:-}" = redis-server ]; then
    case "$*" in *--protected-mode*) ;; *) set -- "$@" --protected-mode no ;; esac
    if [ "$(id -u)" = 0 ]; then
        find . ! -user redis -exec chown redis: {} +
        exec setpriv --reuid=redis --regid=redis --init-groups "$@"
    fi
fi
exec "$@"
