# Images of one program text: the parts of a cluster (`--target gateway`, `--target storage-node`, `--target compute-node`; deploy/compose.yaml
# puts them together), and a whole store in one container (`--target pilvi`, the default). Each is Node, production packages, our TypeScript as it
# is, and Node's compile cache of it, without which every start would strip the types again.

# The Node that package.json pins; tools/e2e/images.test.ts sees to it.
FROM node:26.10.0-bookworm-slim AS base
WORKDIR /pilvi

# Only what decides about packages, so that a change of source does not install them again.
FROM base AS manifests
COPY package.json package-lock.json .npmrc ./
COPY apps apps
COPY libs libs
RUN find apps libs -type f ! -name package.json -delete

FROM base AS packages
# For a registry other than the public one: --build-arg npm_config_registry=...
ARG npm_config_registry
COPY --from=manifests /pilvi ./
# Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages (tools/bootstrap.mjs). Nothing has an install script to run.
RUN npm install --no-save --omit=dev --ignore-scripts --loglevel=error \
      --workspace apps/gateway --workspace apps/storage-node --workspace apps/compute-node --workspace apps/pilvi \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.md' \) -type f -delete \
  && mkdir nested \
  && find apps libs -type d -name node_modules -prune -print0 | xargs -0 --no-run-if-empty cp --archive --parents --target-directory=nested \
  && rm -rf /root/.npm apps libs

# What all three have in common.
FROM base AS runtime
LABEL org.opencontainers.image.title="Pilvi" \
      org.opencontainers.image.description="An S3-compatible object store that keeps three copies and goes on when a node dies" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /pilvi/node_modules node_modules
# Those of which a part of the program has a version of its own.
COPY --from=packages /pilvi/nested ./
COPY LICENSE package.json ./
COPY libs libs
COPY deploy/image/pilvi deploy/image/healthy /usr/local/bin/
# /secrets is mounted by who runs a part of a cluster; /data is all that is kept.
RUN install --directory --owner node --group node --mode 0700 /data /secrets
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/pilvi/node_modules/.cache/node-compile \
    PILVI_DATA_DIR=/data \
    PILVI_PROCESS_DATA_DIR=/data/node \
    PILVI_TLS_DIR=/secrets \
    PILVI_LISTEN=0.0.0.0:9100 \
    PILVI_LOG=stdout
VOLUME /data
USER node
# Process 1 is Node itself (of a compute node tini, which hands it on), which handles SIGTERM: a graceful stop takes up to 30 s in a gateway or a node.
STOPSIGNAL SIGTERM
# A start may take long on a busy machine, and a node that was away catches up first.
HEALTHCHECK --interval=5s --timeout=10s --start-period=2m --retries=5 CMD ["healthy"]

# A whole store, started and stopped once, to fill the compile cache as the same user and with the same options as later.
FROM runtime AS warm
COPY apps apps
ENV PILVI_COMPUTE_NODES=0
COPY deploy/image/warm-up /usr/local/bin/
USER root
RUN install --directory --owner node --group node node_modules/.cache
USER node
RUN warm-up

FROM runtime AS gateway
LABEL org.opencontainers.image.title="Pilvi gateway"
COPY apps/gateway apps/gateway
COPY apps/pilvi apps/pilvi
COPY --from=warm /pilvi/node_modules/.cache node_modules/.cache
ENV PILVI_HTTP_BIND=0.0.0.0 \
    PILVI_HTTP_PORT=9000 \
    PILVI_ADMIN_SOCKET=/data/run/gateway-1-admin.sock \
    PILVI_ROOT_KEY_FILE=/secrets/root-key.json \
    PILVI_ETCD_CA=/secrets/etcd/ca.pem \
    PILVI_ETCD_CERT=/secrets/etcd/cert.pem \
    PILVI_ETCD_KEY=/secrets/etcd/key.pem
EXPOSE 9000 9100
CMD ["node", "libs/runtime/src/start-program.ts", "apps/gateway/src/main.ts"]

FROM runtime AS storage-node
LABEL org.opencontainers.image.title="Pilvi storage node"
COPY apps/storage-node apps/storage-node
COPY --from=warm /pilvi/node_modules/.cache node_modules/.cache
ENV PILVI_HEALTH_PORT=9190
EXPOSE 9100
CMD ["node", "libs/runtime/src/start-program.ts", "apps/storage-node/src/main.ts"]

# What running instances takes.
FROM runtime AS machine
USER root
# tools/debian-packages.mjs says what each is for.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
       busybox-static conmon crun e2fsprogs iproute2 mmdebstrap mount nftables openssh-sftp-server skopeo tini umoci util-linux \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY deploy/image/own-kernel-controls /usr/local/bin/

# Instances are processes of this container's own: it is root, and as good as root on its host. What it has to be given: deploy/compute-node.yaml.
FROM machine AS compute-node
LABEL org.opencontainers.image.title="Pilvi compute node"
COPY apps/compute-node apps/compute-node
COPY deploy/image/compute-node /usr/local/bin/
COPY --from=warm /pilvi/node_modules/.cache node_modules/.cache
ENV PILVI_HEALTH_PORT=9190
CMD ["compute-node"]

# The store alone, unless it is started as root with what instances take (README.md).
FROM machine AS pilvi
LABEL org.opencontainers.image.title="Pilvi, a whole store"
USER node
COPY apps apps
COPY deploy/image/all-in-one /usr/local/bin/
COPY --from=warm /pilvi/node_modules/.cache node_modules/.cache
ENV PILVI_BIND=0.0.0.0 \
    PILVI_COMMAND="docker exec CONTAINER pilvi"
EXPOSE 9000
CMD ["all-in-one"]
