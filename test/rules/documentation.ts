/** Markdown as the rules see it: links and where they lead. */
import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { type Finding, textOf } from './project';

/** The anchor GitHub and VS Code give a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[`*_]/g, (mark) => (mark === '_' ? '_' : ''))
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''));

const anchorsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));

/** Relative links of one file that lead nowhere. */
export function brokenLinks(file: string, text: string): Finding[] {
  const links = [...withoutCode(text).matchAll(/!?\[[^\]]*\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"/g)];
  return links.flatMap((match) => {
    const link = match[1] ?? match[2] ?? '';
    if (/^[a-z]+:/i.test(link)) return [];
    const line = text.slice(0, match.index).split('\n').length;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), decodeURI(path)));
    if (!existsSync(target) && target !== file) return [{ file, line, what: `links to ${link}, which does not exist` }];
    if (!anchor || !target.endsWith('.md')) return [];
    const headings = anchorsOf(target === file ? text : statSync(target).isFile() ? textOf(target) : '');
    return headings.includes(anchor)
      ? []
      : [{ file, line, what: `links to ${link}, and ${target} has no such heading` }];
  });
}
