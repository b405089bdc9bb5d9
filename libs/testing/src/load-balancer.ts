/**
 * haproxy before all gateways, as in deploy/haproxy.cfg: it asks each twice a second whether it is ready. When none is healthy, for the cluster itself is not, requests go
 * to any that is there (`backup`): it holds them until they can be served. What reached nobody is sent to another one. Its configuration comes with the command, so
 * that no file has to be brought into the container. Pure.
 */
export function loadBalancerCommand(gateways: readonly string[], port: number): readonly string[] {
  const configuration = `
global
  maxconn 4096
defaults
  mode http
  timeout connect 1s
  timeout client 2m
  timeout server 2m
  timeout check 5s
frontend s3
  bind :${port}
  default_backend gateways
backend gateways
  balance leastconn
  option httpchk GET /_pilvi/ready
  option allbackups
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  http-request disable-l7-retry unless METH_GET or METH_HEAD
  default-server inter 500ms fastinter 200ms fall 1 rise 1
${gateways.map((address, i) => `  server gateway-${i + 1} ${address}:${port} check`).join('\n')}
${gateways.map((address, i) => `  server any-${i + 1} ${address}:${port} backup`).join('\n')}
`;
  return ['sh', '-c', `cat > /tmp/haproxy.cfg <<'END'\n${configuration}END\nexec haproxy -W -db -f /tmp/haproxy.cfg`];
}
