#!/usr/bin/env bash
# Makes a local stand-in for an official image, under its tag, on a machine that reaches no image registry:
#   deploy/stand-in/make-image.sh node:26.10.0-bookworm-slim
# It is Debian's packages, and for Node the pinned binary of node_modules, in the shape (paths, user, entry point) that our Dockerfile and
# deploy/compose.yaml count on. It needs root, mmdebstrap, and Debian's packages and npm as this machine reaches them. Never push one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pilvi
image=${1:?usage: make-image.sh IMAGE}
context=$(mktemp -d)
trap 'rm -rf "$context" "$context.log"' EXIT

main() {
  case $image in
    debian:bookworm-slim) make_debian ;;
    node:*-bookworm-slim) need_debian; gather_node; build node ;;
    quay.io/coreos/etcd:*) need_debian; build etcd ;;
    haproxy:*) need_debian; build haproxy ;;
    *) echo "stand-in: $image is not one that can be made here" >&2; exit 1 ;;
  esac
  echo "stand-in: $image is NOT the official image but one made here of $(docker image inspect --format '{{index .Config.Labels "pilvi.stand-in"}}' "$image")"
}

# Kept between runs as a tar file: unpacking Debian's packages takes minutes on a slow disk.
make_debian() {
  local root=$cache/debian-bookworm-slim.tar
  if [ ! -s "$root" ]; then
    mkdir -p "$cache"
    apt-config dump Acquire >"$context/apt.conf"
    mmdebstrap --quiet --variant=minbase --aptopt="$context/apt.conf" --dpkgopt=force-unsafe-io \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      bookworm "$context/root.tar"
    mv "$context/root.tar" "$root"
  fi
  docker import --change 'CMD ["bash"]' --change "LABEL pilvi.stand-in=\"Debian's bookworm packages\"" "$root" "$image" >/dev/null
}

need_debian() {
  docker image inspect debian:bookworm-slim >/dev/null 2>&1 || "$0" debian:bookworm-slim
}

# npm as this machine has it, trusting whom this machine trusts.
gather_node() {
  local version=${image#node:}
  version=${version%-bookworm-slim}
  cp "$here/../../node_modules/node/bin/node" "$context/node"
  [ "$("$context/node" --version)" = "v$version" ] || { echo "stand-in: node_modules has Node $("$context/node" --version), not $version" >&2; exit 1; }
  local npm
  npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
  grep -q '"name": "npm"' "$npm/package.json" || { echo "stand-in: $npm is not npm" >&2; exit 1; }
  cp -rL "$npm" "$context/npm"
  cp /etc/ssl/certs/ca-certificates.crt "$context/authorities.pem"
  cp "$here/docker-entrypoint.sh" "$context/"
}

build() {
  docker build --network host --tag "$image" --file "$here/$1.Dockerfile" "$context" >"$context.log" 2>&1 || { cat "$context.log" >&2; exit 1; }
}

main
