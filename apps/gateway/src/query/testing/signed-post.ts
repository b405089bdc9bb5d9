import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export const ROOT = { accessKeyId: 'PILVITESTROOT0000001', secretAccessKey: 'root-secret-root-secret-root-secret-0001' };

class Sha256 {
  readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key =
      typeof secret === 'string'
        ? secret
        : ArrayBuffer.isView(secret)
          ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
          : undefined;
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(data as string);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
  reset(): void {}
}

/** A signed request of any form, as no SDK would send it. */
export async function signedPost(
  endpoint: string,
  body: string,
  { service = 'ec2', sent = body }: { service?: string; sent?: string } = {},
): Promise<string> {
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials: ROOT, sha256: Sha256 });
  const url = new URL(endpoint);
  const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded' };
  const { headers: signed } = await signer.sign({ method: 'POST', protocol: 'http:', hostname: url.hostname, path: '/', headers, body });
  const answer = await fetch(endpoint, { method: 'POST', headers: signed, body: sent });
  return `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(await answer.text())?.[1] ?? ''}`;
}
