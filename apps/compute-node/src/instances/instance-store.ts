import { crc32 } from 'node:zlib';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '@pilvi/runtime';
import { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { ClassicLevel } from 'classic-level';
import { decodeRecord, encodeRecord } from './instance-record.ts';
import type { InstanceRecord } from './instance-record.ts';

/** All that a node remembers, in LevelDB: its own name, instances, security groups, and which image came from where. Every write is synced. */
export interface InstanceStore extends AsyncDisposable {
  identity(): Promise<NodeIdentity | undefined>;
  putIdentity(identity: NodeIdentity): Promise<void>;
  instances(): Promise<readonly InstanceRecord[]>;
  putInstance(record: InstanceRecord): Promise<void>;
  deleteInstance(instanceId: string): Promise<void>;
  groups(): Promise<readonly DesiredSecurityGroup[]>;
  putGroup(group: DesiredSecurityGroup): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
  /** The digest of the image that a source gave; undefined when it has not been fetched. */
  imageOf(source: string): Promise<string | undefined>;
  putImage(source: string, digest: string): Promise<void>;
}

export interface NodeIdentity {
  readonly nodeId: string;
  /** Empty before the first gateway welcomed it. */
  readonly clusterId: string;
  /** The range of public addresses that it had last. */
  readonly publicCidr?: string;
}

const SYNCED = { sync: true } as const;

export async function openInstanceStore(directory: string, log: Logger): Promise<InstanceStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const db = new ClassicLevel<string, string>(directory, { valueEncoding: 'utf8' });
  await db.open();

  async function read(key: string): Promise<string | undefined> {
    const value = await db.get(key);
    return value === undefined ? undefined : checked(key, value, log);
  }
  async function range(prefix: string): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const [key, value] of db.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
      const text = checked(key, value, log);
      if (text !== undefined) found.push(text);
    }
    return found;
  }
  const write = (key: string, text: string): Promise<void> => db.put(key, `${checksum(text)} ${text}`, SYNCED);

  return {
    async identity() {
      const text = await read('identity');
      return text === undefined ? undefined : (JSON.parse(text) as NodeIdentity);
    },
    putIdentity: (identity) => write('identity', JSON.stringify(identity)),
    instances: async () => (await range('instance/')).map(decodeRecord),
    putInstance: (record) => write(`instance/${record.desired.instanceId}`, encodeRecord(record)),
    deleteInstance: (instanceId) => db.del(`instance/${instanceId}`, SYNCED),
    groups: async () => (await range('group/')).map((text) => DesiredSecurityGroup.decode(Buffer.from(text, 'base64'))),
    putGroup: (group) => write(`group/${group.groupId}`, Buffer.from(DesiredSecurityGroup.encode(group).finish()).toString('base64')),
    deleteGroup: (groupId) => db.del(`group/${groupId}`, SYNCED),
    imageOf: (source) => read(`image/${source}`),
    putImage: (source, digest) => write(`image/${source}`, digest),
    [Symbol.asyncDispose]: () => db.close(),
  };
}

const CHECKSUM_LENGTH = 8;

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}

/** LevelDB gives back wrong bytes without a word. Such a record is as good as none: the gateway tells it again, and what runs is adopted. */
function checked(key: string, value: string, log: Logger): string | undefined {
  const text = value.slice(CHECKSUM_LENGTH + 1);
  if (value.slice(0, CHECKSUM_LENGTH) === checksum(text)) return text;
  log.error({ key }, 'a record is damaged and left out');
  return undefined;
}
