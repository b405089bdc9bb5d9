/** One block of commands of a walk-through, and the output shown below it, if any is. */
export interface TourStep {
  /** The last heading above. */
  readonly section: string;
  readonly commands: string;
  readonly shown: string | undefined;
}

/** The `sh` blocks of a Markdown text in order, each with the `text` block that follows it. Pure. */
export function readTour(markdown: string): readonly TourStep[] {
  const steps: TourStep[] = [];
  let section = '';
  for (const [, heading, language, body = ''] of markdown.matchAll(/^## ([^\n]*)$|^```(sh|text)\n(.*?)^```$/gms)) {
    if (heading !== undefined) section = heading;
    else if (language === 'sh') steps.push({ section, commands: body, shown: undefined });
    else steps.push({ ...steps.pop()!, shown: body });
  }
  return steps;
}

/** The text with what its commands printed in the place of what is shown below them. Pure. */
export function withOutputs(markdown: string, outputs: ReadonlyMap<string, string>): string {
  return markdown.replace(/^```sh\n((?:(?!^```).)*)^```\n\n```text\n.*?^```$/gms, (block, commands: string) => {
    const output = outputs.get(commands);
    return output === undefined ? block : `\`\`\`sh\n${commands}\`\`\`\n\n\`\`\`text\n${output}\`\`\``;
  });
}

/** As it stands on a terminal in the end: of a line that was drawn over, what was drawn last. Pure. */
export function asSeen(output: string): string {
  return output
    .split('\n')
    .map((line) => line.trimEnd())
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .join('\n');
}

/**
 * What stays the same from run to run: no ids, numbers, units of size, or widths of columns. Lines in which only
 * the order of nodes differs are the same. Pure.
 */
export function shapeOf(output: string): string {
  return asSeen(output)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/\b[0-9a-f]{8,}\b/g, 'HEX')
        .replace(/\d+([.,:]\d+)*/g, 'N')
        .replaceAll(',', '')
        .replace(/\b[kKMGT]i?B\b/g, 'B')
        .replace(/-{3,}/g, '-')
        .trim()
        .split(/\s+/)
        .sort()
        .join(' '),
    )
    .join('\n');
}
