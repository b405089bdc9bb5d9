// Gateways that die, and every process restarted in turn.
import { scenariosOn } from '../src/scenario.ts';

const scenario = scenariosOn({ gateways: 2, etcdMembers: 1, loadBalancer: true, partitions: 16 });

scenario('both gateways die in turn', { smoke: true }, async ({ cluster, serviceGoesOn }) => {
  for (const gateway of cluster.gateways) {
    await gateway.kill();
    await serviceGoesOn();
    await gateway.start();
    await cluster.whole();
  }
});

scenario('a rolling restart of every process, through the load balancer', { noFailedRequest: true }, async ({ cluster, serviceGoesOn }) => {
  for (const member of cluster.members.filter(({ plan }) => plan.kind !== 'load-balancer')) {
    await member.restart();
    await cluster.whole();
    await serviceGoesOn();
  }
});
