import { globSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';

/** One place that breaks a rule of the style. */
export interface Untidy {
  /** File, and what in it. Stable while lines move, so that exceptions can name it. */
  readonly where: string;
  /** Lines for lengths, 1 for what must not be at all. */
  readonly size: number;
  readonly message: string;
}

const LONGEST_FILE_LINES = 200;
const LONGEST_FUNCTION_LINES = 70;
/** Core code is told the time, chance and delays from outside, so that a simulator can decide them. */
const CORE = /^libs\/(replication|object-index|cluster-map|s3-protocol)\/src\//;
const BANNED_IN_CORE = ['Date.now', 'Math.random', 'performance.now', 'setTimeout', 'setInterval', 'setImmediate'];
/** Nouns not yet found. */
const BANNED_NAMES = /(^|[-_.])(utils?|helpers?|misc|common)([-_.]|$)/;

/** Our own TypeScript, generated code left out, relative to the root. */
export function sourceFiles(root: string): readonly string[] {
  return globSync(['{apps,libs}/*/src/**/*.ts', 'tools/**/*.ts', 'e2e/**/*.ts'], {
    cwd: root,
    exclude: ['**/node_modules/**', '**/generated/**'],
  }).sort();
}

/** Everything in one file that breaks a rule. Pure. */
export function findUntidy(file: string, text: string): readonly Untidy[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const isTest = file.endsWith('.test.ts');
  const found: Untidy[] = [];
  const lines = source.getLineAndCharacterOfPosition(text.trimEnd().length).line + 1;
  if (lines > LONGEST_FILE_LINES && !isTest) found.push({ where: file, size: lines, message: `${lines} lines` });
  if (BANNED_NAMES.test(basename(file))) found.push({ where: `${file} name`, size: 1, message: 'a noun not yet found' });
  const visit = (node: ts.Node): void => {
    found.push(...untidyExport(file, node), ...(isTest ? [] : [...untidyFunction(file, source, node), ...untidyCall(file, source, node)]));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A function that makes an object of functions is as long as what is its own; each of those is measured by itself. */
function untidyFunction(file: string, source: ts.SourceFile, node: ts.Node): readonly Untidy[] {
  if (!ts.isFunctionLike(node)) return [];
  const ownLines = linesOf(source, node) - nestedFunctions(node).reduce((sum, nested) => sum + linesOf(source, nested) - 1, 0);
  return ownLines > LONGEST_FUNCTION_LINES
    ? [{ where: `${file} ${nameOf(node)}()`, size: ownLines, message: `a function of ${ownLines} lines` }]
    : [];
}

function linesOf(source: ts.SourceFile, node: ts.Node): number {
  const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  return line(node.getEnd()) - line(node.getStart(source)) + 1;
}

function nestedFunctions(node: ts.Node): readonly ts.Node[] {
  const nested: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (ts.isFunctionLike(child)) nested.push(child);
    else nested.push(...nestedFunctions(child));
  });
  return nested;
}

function untidyExport(file: string, node: ts.Node): readonly Untidy[] {
  if (ts.isExportDeclaration(node) && (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))) {
    return [{ where: `${file} export *`, size: 1, message: 'export by name' }];
  }
  const isDefault = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
  return ts.isExportAssignment(node) || isDefault === true ? [{ where: `${file} default export`, size: 1, message: 'export by name' }] : [];
}

function untidyCall(file: string, source: ts.SourceFile, node: ts.Node): readonly Untidy[] {
  if (!CORE.test(file) || !ts.isCallExpression(node)) return [];
  const called = node.expression.getText(source).replace(/^globalThis\./, '');
  return BANNED_IN_CORE.includes(called) ? [{ where: `${file} ${called}`, size: 1, message: 'is injected in core code' }] : [];
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : 'anonymous';
}
