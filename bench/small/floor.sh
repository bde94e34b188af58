#!/bin/sh
# The floor: what no deployment can do without, and no check of anything. Usage: floor.sh NEW OLD NEW_PORT VERSION
set -e
export BLUEGREEN_RELEASE="$4"
docker compose -p "$BENCH-$1" -f "docker-compose.$1.yml" up --detach
until curl --fail --silent --output /dev/null "http://127.0.0.1:$3/"; do sleep 0.02; done
echo "upstream app { server app-$1:8000; }" >nginx/upstream.inc
docker exec "$BENCH-proxy" nginx -t
docker exec "$BENCH-proxy" nginx -s reload
docker compose -p "$BENCH-$2" -f "docker-compose.$2.yml" stop
