#!/bin/bash
# The pipeline that people copy from blog posts, stage by stage, with its sleeps; what nginx refuses is mended.
# Usage: pipeline.sh
set -e

# Determine Deploy Target
if docker ps --filter "name=$BENCH-blue" --quiet | grep -q .; then
    new=green old=blue port=$GREEN_PORT
else
    new=blue old=green port=$BLUE_PORT
fi

# Deploy New Version
docker compose -p "$BENCH-$new" -f "docker-compose.$new.yml" up --detach --build

# Health Check
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    if [ -n "$(curl --silent "http://127.0.0.1:$port/")" ]; then break; fi
    [ "$attempt" -lt 10 ] || exit 1
    sleep 10
done

# Switch Traffic
echo "upstream app { server app-$new:8000; }" >nginx/upstream.inc
docker exec "$BENCH-proxy" nginx -t
docker exec "$BENCH-proxy" nginx -s reload

# Cleanup Old Version
docker compose -p "$BENCH-$old" -f "docker-compose.$old.yml" down
