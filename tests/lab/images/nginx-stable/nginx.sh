#!/bin/sh
# This nginx was built with the current folder as its prefix; the public image's prefix is /etc/nginx.
exec /usr/lib/nginx/nginx -p /etc/nginx/ "$@"
