# In the place of quay.io/coreos/etcd: see make-image.sh. Debian 12 has etcd 3.4.
FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
  && ln -s /usr/bin/etcd /usr/bin/etcdctl /usr/local/bin/
LABEL pilvi.stand-in="Debian's etcd-server 3.4"
EXPOSE 2379 2380
CMD ["/usr/local/bin/etcd"]
