import type { FaultTools } from './fault-tools.ts';

const DISK = '/disk';
const FILLER = `${DISK}/.pilvi-testing-filler`;

/** Kinds of files that a storage node keeps, as patterns for `flipBit`. */
export const STORED_FILES = {
  chunks: 'node/chunks/??/*',
  rows: 'node/rows/*.ldb',
  log: 'node/log/segment-*',
} as const;

/** The bit that was flipped. */
export interface FlippedBit {
  /** Relative to the process's volume. */
  readonly file: string;
  readonly offset: number;
  readonly before: number;
  readonly after: number;
}

export async function wipeDisk(tools: FaultTools, volume: string): Promise<void> {
  await tools.onVolumes([`${volume}:${DISK}`], `find ${DISK} -mindepth 1 -delete`);
}

/** Leaves so many bytes free; answers how many were taken. */
export async function fillDisk(tools: FaultTools, volume: string, leaveBytes: number): Promise<number> {
  const script = `
    free=$(df --output=avail --block-size=1 ${DISK} | tail -n 1)
    taken=$(( free - ${leaveBytes} ))
    [ "$taken" -le 0 ] || fallocate --length "$taken" ${FILLER}
    echo "$taken"`;
  return Math.max(0, Number((await tools.onVolumes([`${volume}:${DISK}`], script)).trim()));
}

export async function freeDisk(tools: FaultTools, volume: string): Promise<void> {
  await tools.onVolumes([`${volume}:${DISK}`], `rm -f ${FILLER}`);
}

/** Where a bit is flipped. */
export interface BitPlace {
  /** A pattern in the process's volume (`STORED_FILES`). */
  readonly files: string;
  /** In a byte of this text, wherever a file has it: letters, digits and hyphens. */
  readonly containing?: string;
}

/** Flips one bit of one of these files. Undefined: there is no such place. Throws RangeError for a text of other characters. */
export async function flipBit(tools: FaultTools, volume: string, { files, containing }: BitPlace): Promise<FlippedBit | undefined> {
  if (containing !== undefined && !/^[\w-]+$/.test(containing)) throw new RangeError(`not a text to look for: ${containing}`);
  const script = `
    ${containing === undefined ? anyByteOf(files) : byteOfText(files, containing)}
    [ $# -eq 2 ] || exit 0
    flipped=$(( $2 ^ 1 ))
    printf "\\\\$(printf %03o "$flipped")" | dd of="$file" bs=1 seek="$1" conv=notrunc status=none
    echo "$1 $2 $flipped $file"`;
  const [offset, before, after, file] = (await tools.onVolumes([`${volume}:${DISK}`], script)).trim().split(' ');
  if (file === undefined) return undefined;
  return { file: file.slice(DISK.length + 1), offset: Number(offset), before: Number(before), after: Number(after) };
}

/** Preallocated files are mostly zeros, which nobody reads: another byte near the beginning. */
function anyByteOf(files: string): string {
  return `
    file=$(find ${DISK} -type f -size +0c -path '${DISK}/${files}' | shuf -n 1)
    [ -n "$file" ] || exit 0
    set -- $(od -A n -v -t u1 -w1 -N 8192 "$file" | awk '$1 != 0 { print NR - 1, $1 }' | shuf -n 1)`;
}

function byteOfText(files: string, text: string): string {
  return `
    file=$(find ${DISK} -type f -path '${DISK}/${files}' -exec grep --files-with-matches --text --fixed-strings '${text}' {} + | shuf -n 1)
    [ -n "$file" ] || exit 0
    at=$(grep --byte-offset --only-matching --text --fixed-strings '${text}' "$file" | head -n 1 | cut -d : -f 1)
    set -- "$at" $(od -A n -v -t u1 -w1 -j "$at" -N 1 "$file")`;
}
