/** Why a command could not be carried out; the message is for a person, and the exit code is 1. */
export type CommandErrorCode =
  'bad-setting' | 'port-in-use' | 'not-running' | 'other-owner' | 'fewer-nodes' | 'no-space' | 'start-failed' | 'refused';

export class CommandError extends Error {
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.code = code;
  }
}
