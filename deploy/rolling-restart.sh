#!/usr/bin/env bash
# Starts every service of the cluster anew, one after the other, each when the one before is well again; clients go on meanwhile. With
# newer images at hand this is an upgrade. Arguments go to docker compose (-p NAME, -f FILE); without any: this folder's compose.yaml.
set -euo pipefail
if [ $# -eq 0 ]; then set -- -f "$(dirname "$0")/compose.yaml"; fi
read -r -a compose <<<"${DOCKER_COMPOSE:-docker compose}"

for service in $("${compose[@]}" "$@" config --services | grep -E '^(etcd|storage|gateway)-' | sort); do
  echo "restarting $service"
  "${compose[@]}" "$@" up --detach --wait --no-deps --force-recreate "$service"
done
