import type { PieceStatus, WhereDocument } from '@pilvi/admin-api';
import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { drawTable, formatBytes } from './draw-table.ts';
import { askGateway, bodyOf } from './socket-client.ts';

/** `pilvi where s3://bucket/key`: every piece of an object, who holds it, and whether it is sound. Throws CommandError. */
export async function where(config: Config, url: string, options: { readonly json: boolean }): Promise<string> {
  const { bucket, key } = parseS3Url(url);
  const query = new URLSearchParams({ bucket, key }).toString();
  const document = bodyOf(await askGateway(clusterPaths(config.dataDir), 'GET', `/_pilvi/where?${query}`)) as WhereDocument;
  return options.json ? JSON.stringify(document, undefined, 2) : drawWhere(document);
}

/** Throws CommandError `bad-setting` unless it is `s3://bucket/key`. */
export function parseS3Url(url: string): { readonly bucket: string; readonly key: string } {
  const parts = /^s3:\/\/([^/]+)\/(.+)$/s.exec(url);
  if (parts?.[1] === undefined || parts[2] === undefined) throw new CommandError('bad-setting', `write s3://bucket/key, not "${url}"`);
  return { bucket: parts[1], key: parts[2] };
}

/** For a person. Pure. */
export function drawWhere(document: WhereDocument): string {
  const heading = ['piece', 'offset', 'size', 'copies'];
  return [
    `s3://${document.bucket}/${document.key}: ${formatBytes(document.sizeBytes)}, partition ${String(document.partition)}, ETag ${document.etag}`,
    '',
    drawTable([heading, ...document.pieces.map(pieceRow)]),
  ].join('\n');
}

function pieceRow(piece: PieceStatus): readonly string[] {
  const copies = piece.copies.map((copy) => `${copy.node} (${copy.zone}) ${copy.state === 'sound' ? 'sound' : copy.state.toUpperCase()}`);
  return [
    piece.kind === 'record' ? 'record' : `chunk ${piece.id}`,
    String(piece.offsetBytes),
    formatBytes(piece.sizeBytes),
    copies.join(', '),
  ];
}
