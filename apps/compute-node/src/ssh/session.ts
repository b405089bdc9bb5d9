import type { ExecCommand, ExecSession, TerminalSize } from '@pilvi/instance-driver';
import type { PseudoTtyInfo, ServerChannel, Session } from 'ssh2';
import { BUSYBOX, lingering } from '../access/command.ts';
import type { LoginUser } from './login-users.ts';
import { SFTP_COMMAND } from './sftp-server.ts';

/** Runs a command in the instance. */
type Run = (command: ExecCommand) => Promise<ExecSession>;

/** The user's shell, or one that there is. */
const LOGIN = `cd "$HOME" 2>/dev/null || cd /
for shell in "$SHELL" /bin/bash /bin/sh; do [ -x "$shell" ] && exec "$shell" "$@"; done
exec ${BUSYBOX} sh "$@"`;

/** One SSH session (RFC 4254, section 6): a shell or a command, with or without a terminal. */
export function serveSession(session: Session, user: LoginUser, run: Run): void {
  let terminal: { readonly size: TerminalSize; readonly type: string } | undefined;
  let running: ExecSession | undefined;
  session.on('pty', (accept, _reject, info) => {
    terminal = { size: sizeOf(info), type: (info as PseudoTtyInfo & { term?: string }).term ?? 'xterm' };
    accept?.();
  });
  session.on('window-change', (accept, _reject, info) => {
    running?.resize(sizeOf(info));
    accept?.();
  });
  const start = (channel: ServerChannel, argv: readonly string[]): void => {
    const wanted = [BUSYBOX, 'sh', '-c', LOGIN, 'sh', ...argv];
    const command: ExecCommand = {
      argv: terminal === undefined ? wanted : lingering(wanted),
      cwd: '/',
      user: { uid: user.uid, gid: user.gid },
      env: { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell, ...(terminal && { TERM: terminal.type }) },
      ...(terminal && { terminal: terminal.size }),
    };
    carry(channel, run(command), (opened) => (running = opened));
  };
  session.on('shell', (accept) => start(accept(), ['-l']));
  session.on('exec', (accept, _reject, { command }) => start(accept(), ['-c', command]));
  session.on('subsystem', (accept, reject, { name }) => {
    if (name === 'sftp') start(accept(), ['-c', SFTP_COMMAND]);
    else reject();
  });
}

function carry(channel: ServerChannel, opening: Promise<ExecSession>, opened: (session: ExecSession) => void): void {
  const end = (code: number): void => {
    channel.exit(code);
    channel.end();
  };
  channel.on('error', () => undefined);
  opening.then(
    (session) => {
      opened(session);
      channel.pipe(session.stdin);
      session.stdout.pipe(channel, { end: false });
      session.stderr.pipe(channel.stderr, { end: false });
      let isOver = false;
      channel.on('close', () => {
        if (!isOver) session.kill('SIGKILL');
      });
      session.exited.then(
        (code) => {
          isOver = true;
          end(code);
        },
        () => end(255),
      );
    },
    () => end(255),
  );
}

const SIZE_MAX = 10_000;

function sizeOf({ cols, rows }: { cols: number; rows: number }): TerminalSize {
  const side = (asked: number, otherwise: number): number => (asked > 0 && asked <= SIZE_MAX ? asked : otherwise);
  return { columns: side(cols, 80), rows: side(rows, 24) };
}
