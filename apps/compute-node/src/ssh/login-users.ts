/** Who a name is inside an instance. */
export interface LoginUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** The instance's key pair opens it. */
  readonly isDefault: boolean;
}

/** The names under which images of EC2 are entered. */
const DEFAULT_NAMES = ['root', 'ec2-user', 'admin', 'ubuntu', 'debian'];
const ROOT = { uid: 0, gid: 0, home: '/root', shell: '' };

/** Finds a name in the instance's /etc/passwd. EC2's usual names are root where the image does not know them. Undefined: nobody is called so. */
export function findLoginUser(passwd: string, name: string): LoginUser | undefined {
  const isDefault = DEFAULT_NAMES.includes(name);
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([found]) => found === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  if (Number.isInteger(uid) && Number.isInteger(gid))
    return { name, uid, gid, home: fields?.[5] ?? '/', shell: fields?.[6] ?? '', isDefault };
  return isDefault ? { name: 'root', ...ROOT, isDefault } : undefined;
}
