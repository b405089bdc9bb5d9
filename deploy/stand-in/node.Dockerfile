# In the place of node:X-bookworm-slim: see make-image.sh.
FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
  && groupadd --gid 1000 node \
  && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node docker-entrypoint.sh /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
COPY authorities.pem /usr/local/etc/
RUN echo 'cafile=/usr/local/etc/authorities.pem' >/usr/local/etc/npmrc \
  && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
LABEL pilvi.stand-in="Debian's bookworm packages, the npm package node, and this machine's npm"
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
