/** The card of one granule: who owns it, who may touch it, who maps it, what is in it. */
import type { GptStep, GranuleResponse } from '../../../debug-adapter/protocol';
import { button, element, swatch } from './dom';
import { addressText, wideText } from './format';
import { GRANULE } from './geometry';
import { glyphOf } from './marks';
import { gpiColour } from './overview';
import type { Theme } from './theme';

export interface CardActions {
  copy(text: string): void;
  close(): void;
}

/** Bytes a line of the content. */
const LINE = 16;

export function cardContent(granule: GranuleResponse, theme: Theme, actions: CardActions): Node[] {
  const address = Number(granule.pa);
  return [
    heading(granule, address, theme, actions),
    element('p', { class: 'sentence' }, granule.sentence),
    section('GPT: who may touch the PA', gptPart(granule.gpt, address, theme)),
    section('Owner and mappings', ownerPart(granule)),
    section('Content', contentPart(granule, address)),
  ];
}

function heading(granule: GranuleResponse, address: number, theme: Theme, actions: CardActions): HTMLElement {
  const chips = element('div', { class: 'chips' });
  const chip = (text: string, colour: string) => {
    const made = element('span', { class: 'chip' }, text);
    made.style.borderColor = colour;
    chips.append(made);
  };
  chip(granule.state, theme.colour(granule.stateColour));
  chip(granule.pas, theme.colour(granule.pasColour));
  if (granule.realm !== undefined) chip(granule.realm.name, theme.foreground);
  const { stateColour } = granule;
  return element(
    'header',
    {},
    swatch(theme.colour(stateColour), glyphOf(stateColour), theme.ink(stateColour)),
    element('h2', {}, addressText(address)),
    button('Copy', () => actions.copy(granule.pa), { title: 'Copy the address' }),
    button('×', actions.close, { title: 'Close the card (Esc)', 'aria-label': 'Close the card', class: 'close' }),
    chips,
  );
}

const section = (title: string, ...content: Node[]): HTMLElement =>
  element('section', {}, element('h3', {}, title), ...content);

const row = (name: string, ...value: (Node | string)[]): HTMLElement =>
  element(
    'div',
    { class: 'row' },
    element('span', { class: 'name' }, name),
    element('span', { class: 'value' }, ...value),
  );

const code = (text: string): HTMLElement => element('code', {}, text);

function gptPart(steps: readonly GptStep[], address: number, theme: Theme): HTMLElement {
  const part = element('div');
  for (const { level, descriptorPa, descriptor, meaning } of steps) {
    part.append(
      row(`Level ${level}`, code(`@ ${addressText(Number(descriptorPa))} = ${wideText(descriptor)}`)),
      row('', meaning),
    );
    if (level === 1 && isGranules(descriptor)) part.append(row('', nibbles(descriptor, address, theme)));
  }
  if (steps.length === 0) part.append(row('', 'Outside what the GPT covers.'));
  return part;
}

/** A level 1 entry of 16 GPIs; a contiguous one has 1 in its lowest bits (Arm ARM, GPT contiguous descriptor). */
const isGranules = (descriptor: string): boolean => !wideText(descriptor).endsWith('1');

/** The 16 GPIs of a level 1 entry, entry 15 at the left as in the descriptor; this granule's one is framed. */
function nibbles(descriptor: string, address: number, theme: Theme): HTMLElement {
  const own = Math.floor(address / GRANULE) % 16;
  const digits = wideText(descriptor).slice(2).replaceAll('_', '');
  const list = element('span', {
    class: 'nibbles',
    role: 'img',
    'aria-label': `GPI ${own} of 16 is 0x${digits[15 - own]}`,
  });
  [...digits].forEach((digit, index) => {
    const colour = gpiColour(Number.parseInt(digit, 16));
    const box = element('span', { class: index === 15 - own ? 'own' : undefined }, digit);
    box.style.background = theme.colour(colour);
    box.style.color = theme.ink(colour);
    list.append(box);
  });
  return list;
}

function ownerPart({ realm, context, mappings, state }: GranuleResponse): HTMLElement {
  const part = element('div');
  part.append(row('Used as', realm === undefined ? state : `${state} of ${realm.name}`));
  if (realm !== undefined) part.append(row('RD', code(addressText(Number(realm.rd)))));
  for (const { realm: name, ipa, level, hipas, ripas } of mappings)
    part.append(
      row(
        'Mapped at',
        `${name} IPA `,
        code(addressText(Number(ipa))),
        ` level ${level}, ${[hipas, ripas].filter(Boolean).join(', ')}`,
      ),
    );
  if (mappings.length === 0) part.append(row('Mapped at', 'no IPA of any Realm'));
  if (context !== undefined)
    part.append(
      row(
        'MECID',
        code(`0x${context.mecid.toString(16).padStart(4, '0')}`),
        ` ${context.pas}, generation ${context.generation}`,
      ),
    );
  return part;
}

function contentPart({ content }: GranuleResponse, address: number): HTMLElement {
  if (content === undefined) return element('p', { class: 'quiet' }, 'Never touched: reads as zero.');
  return element(
    'div',
    {},
    element('p', { class: 'quiet' }, 'As its owner sees it:'),
    dump(content.owner, address),
    element('p', { class: 'quiet' }, 'On the bus, encrypted:'),
    dump(content.bus, address),
  );
}

function dump(bytes: string, address: number): HTMLElement {
  const pairs = bytes.match(/[0-9a-f]{2}/gi) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += LINE) {
    const half = (from: number) =>
      pairs
        .slice(at + from, at + from + LINE / 2)
        .join(' ')
        .toUpperCase();
    lines.push(`${addressText(address + at)}  ${half(0)}  ${half(LINE / 2)}`);
  }
  return element('pre', {}, lines.join('\n'));
}
