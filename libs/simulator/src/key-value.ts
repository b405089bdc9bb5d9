/** What stands in for the object index: a map of keys with conditional puts and recorded answers (W3). */
export interface Command {
  readonly id: number;
  readonly type: 'get' | 'put' | 'put-if-none-match' | 'delete';
  readonly key: string;
  readonly value: string | null;
}

/** Final puts and deletes only, so that replay is idempotent (W2). `value` undefined: only the answer is recorded. */
export interface Change {
  readonly id: number;
  readonly key: string;
  readonly value?: string | null;
  readonly answer: string;
}

export interface KeyValueState {
  readonly rows: Map<string, string>;
  readonly answers: Map<number, string>;
}

export function emptyState(): KeyValueState {
  return { rows: new Map(), answers: new Map() };
}

export function copyState(state: KeyValueState): KeyValueState {
  return { rows: new Map(state.rows), answers: new Map(state.answers) };
}

export function encodeChange(change: Change): Buffer {
  return Buffer.from(JSON.stringify(change));
}

export function decodeChange(body: Buffer): Change {
  return JSON.parse(body.toString()) as Change;
}

export function applyChange(state: KeyValueState, change: Change, recordAnswers: boolean): void {
  if (typeof change.value === 'string') state.rows.set(change.key, change.value);
  else if (change.value === null) state.rows.delete(change.key);
  if (recordAnswers) state.answers.set(change.id, change.answer);
}
