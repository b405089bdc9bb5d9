import { RuntimeError } from './errors.ts';

/** How one variable is read: its text, or undefined when unset or empty, to its value. Throws a plain Error saying what is wanted. */
export type EnvReader<T> = (text: string | undefined) => T;

/** Reads each variable of `schema` once; RuntimeError `bad-configuration` names the first that is wrong. */
export function readEnv<T>(
  schema: { readonly [K in keyof T]: readonly [variable: string, reader: EnvReader<T[K]>] },
  env: NodeJS.ProcessEnv = process.env,
): T {
  const result: Partial<T> = {};
  for (const key of Object.keys(schema) as (keyof T)[]) {
    const [variable, reader] = schema[key];
    const text = env[variable];
    try {
      result[key] = reader(text === '' ? undefined : text);
    } catch (error) {
      throw new RuntimeError('bad-configuration', `${variable} ${(error as Error).message}`, { details: { variable }, cause: error });
    }
  }
  return result as T;
}

/** Must be set when there is no fallback. */
export function text(fallback?: string): EnvReader<string> {
  return (value) => value ?? fallback ?? missing();
}

export const optionalText: EnvReader<string | undefined> = (value) => value;

export function integer(options: { min?: number; max?: number; fallback?: number } = {}): EnvReader<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, fallback } = options;
  return (value) => {
    if (value === undefined) return fallback ?? missing();
    const number = Number(value);
    if (!Number.isInteger(number) || number < min || number > max)
      throw new Error(`must be a whole number from ${min} to ${max}, not "${value}"`);
    return number;
  };
}

export function oneOf<T extends string>(choices: readonly T[], fallback?: T): EnvReader<T> {
  return (value) => {
    if (value === undefined) return fallback ?? missing();
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}, not "${value}"`);
    return found;
  };
}

/** Separated by commas; blanks are dropped. */
export function list(fallback?: readonly string[]): EnvReader<readonly string[]> {
  return (value) =>
    value
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '') ??
    fallback ??
    missing();
}

function missing(): never {
  throw new Error('is not set');
}
