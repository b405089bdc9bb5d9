import ssh2 from 'ssh2';
import type { AuthContext } from 'ssh2';
import type { LoginUser } from './login-users.ts';

export interface KeyBook {
  /** Undefined: nobody is called so. */
  user(name: string): Promise<LoginUser | undefined>;
  /** Lines of OpenSSH's authorized_keys. */
  keys(user: LoginUser): Promise<readonly string[]>;
}

/** Accepts a public key of the user, and nothing else. Resolves with the user once the client has shown that it holds the private key. */
export async function authenticate(book: KeyBook, context: AuthContext): Promise<LoginUser | undefined> {
  if (context.method !== 'publickey') {
    context.reject(['publickey']);
    return undefined;
  }
  const user = await book.user(context.username);
  const key = (user === undefined ? [] : await book.keys(user))
    .map((line) => ssh2.utils.parseKey(line))
    .find((parsed) => !(parsed instanceof Error) && parsed.getPublicSSH().equals(context.key.data));
  if (key === undefined || key instanceof Error) {
    context.reject(['publickey']);
    return undefined;
  }
  // Without a signature the client only asks whether the key would do.
  const { signature, blob, hashAlgo } = context;
  // It may be an error too, whatever its type says: nothing but true will do.
  const isProved: unknown = signature !== undefined && blob !== undefined && key.verify(blob, signature, hashAlgo);
  if (signature !== undefined && isProved !== true) {
    context.reject(['publickey']);
    return undefined;
  }
  context.accept();
  return signature === undefined ? undefined : user;
}
