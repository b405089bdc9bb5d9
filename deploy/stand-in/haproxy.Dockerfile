# In the place of haproxy:X: see make-image.sh. Debian 12 has HAProxy 2.6.
FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends haproxy \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
  && usermod --uid 99 haproxy \
  && ln -s /usr/sbin/haproxy /usr/local/sbin/haproxy
LABEL pilvi.stand-in="Debian's haproxy 2.6"
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
