import type { Express, Response } from 'express';
import type { ControlStore } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import { drainMember, MemberRefusal, removeMember, undrainMember } from '../cluster/change-member.ts';
import type { NodeLiveness } from '../cluster/node-liveness.ts';
import { setCopies } from '../cluster/raise-copies.ts';
import { isKnownGateway, removeGateway } from '../cluster/remove-gateway.ts';
import { forgetMachine } from '../enrolment/machines.ts';
import { withStore } from './with-store.ts';

interface Components {
  readonly store: () => { readonly control: ControlStore } | undefined;
  readonly liveness: NodeLiveness;
  readonly log: Logger;
  /** Of this gateway. */
  readonly name: string;
}

/** `POST /_pilvi/nodes/NAME/drain|undrain|remove[?acceptLoss=true]` and `POST /_pilvi/copies?copies=N`: they change what is wanted; status says how far it is. */
export function addMemberRoutes(app: Express, { store, liveness, log, name: own }: Components): void {
  const change = async (response: Response, what: object, work: (control: ControlStore) => Promise<void>): Promise<void> => {
    await withStore(store, response, async ({ control }) => {
      try {
        await work(control);
        log.info(what, 'changed by the operator');
        response.json({});
      } catch (error) {
        if (!(error instanceof MemberRefusal)) throw error;
        response.status(409).json({ message: error.message });
      }
    });
  };
  app.post('/_pilvi/nodes/:name/drain', async ({ params: { name } }, response) => {
    await change(response, { drain: name }, (control) => drainMember(control, name, liveness));
  });
  app.post('/_pilvi/nodes/:name/undrain', async ({ params: { name } }, response) => {
    await change(response, { undrain: name }, (control) => undrainMember(control, name, liveness));
  });
  app.post('/_pilvi/nodes/:name/remove', async ({ params: { name }, query }, response) => {
    await change(response, { remove: name }, async (control) => {
      if (await isKnownGateway(control, name)) await removeGateway(control, name, own);
      else await removeMember(control, name, liveness, query['acceptLoss'] === 'true');
      await forgetMachine(control, name);
    });
  });
  app.post('/_pilvi/copies', async ({ query }, response) => {
    await change(response, { copies: query['copies'] }, (control) => setCopies({ control, log }, Number(query['copies'])));
  });
}
