/** Every error of the attestation layer, by name. */
import { Problem } from './problem';

const atByte = (offset: number): string => `byte ${offset} (0x${offset.toString(16)})`;

const REFETCH = 'Get the token again from its source, as binary, without conversion.';

export const cborTruncated = (offset: number, needed: number, have: number): Problem =>
  new Problem({
    code: 'cbor-truncated',
    what: `the CBOR item needs ${needed} more byte(s), but only ${have} follow.`,
    where: atByte(offset),
    fix: REFETCH,
    blame: 'subject',
  });

export const cborTrailing = (offset: number, count: number): Problem =>
  new Problem({
    code: 'cbor-trailing-bytes',
    what: `${count} byte(s) follow the end of the CBOR item.`,
    where: atByte(offset),
    fix: 'Cut the file at the end of the item: nothing may follow it.',
    blame: 'subject',
  });

export const cborIndefinite = (offset: number): Problem =>
  new Problem({
    code: 'cbor-indefinite-length',
    what: 'an item of indefinite length; CCA tokens have definite lengths only.',
    where: atByte(offset),
    fix: 'Encode the item with its length.',
    blame: 'subject',
  });

export const cborReserved = (offset: number, initial: number): Problem =>
  new Problem({
    code: 'cbor-reserved',
    what: `the initial byte 0x${initial.toString(16).padStart(2, '0')} is reserved or not well-formed CBOR.`,
    where: atByte(offset),
    fix: REFETCH,
    blame: 'subject',
  });

export const cborDuplicateKey = (offset: number, key: string): Problem =>
  new Problem({
    code: 'cbor-duplicate-key',
    what: `the map has the key ${key} twice.`,
    where: atByte(offset),
    fix: 'Emit each claim once: a map with a duplicate key is not valid CBOR.',
    blame: 'subject',
  });

export const cborTooDeep = (offset: number, limit: number): Problem =>
  new Problem({
    code: 'cbor-too-deep',
    what: `items are nested more than ${limit} levels deep.`,
    where: atByte(offset),
    fix: 'No CCA token nests that deep: this is not one.',
    blame: 'subject',
  });

export const cborTooMany = (offset: number, limit: number): Problem =>
  new Problem({
    code: 'cbor-too-many-items',
    what: `more than ${limit} items.`,
    where: atByte(offset),
    fix: 'No CCA token has that many items: this is not one.',
    blame: 'subject',
  });

export const cborTooLarge = (size: number, limit: number): Problem =>
  new Problem({
    code: 'cbor-too-large',
    what: `the input has ${size} bytes, more than the ${limit} a token may have.`,
    fix: 'Give the token alone.',
    blame: 'subject',
  });

export const cborBadUtf8 = (offset: number): Problem =>
  new Problem({
    code: 'cbor-bad-utf8',
    what: 'a text string is not valid UTF-8.',
    where: atByte(offset),
    fix: REFETCH,
    blame: 'subject',
  });

export const cborEmpty = (): Problem =>
  new Problem({ code: 'cbor-empty', what: 'the input is empty.', fix: 'Give a CCA token in CBOR.', blame: 'subject' });

export const tokenWrapper = (offset: number, what: string): Problem =>
  new Problem({
    code: 'token-wrapper',
    what,
    where: atByte(offset),
    fix: 'A CCA token is CBOR tag 399 or 907 around a map of the platform token (44234) and the Realm token (44241).',
    blame: 'subject',
  });

export const coseMalformed = (which: string, offset: number, what: string): Problem =>
  new Problem({
    code: 'cose-malformed',
    what: `${which} token: ${what}`,
    where: atByte(offset),
    fix: 'Sign the claims as COSE_Sign1 (RFC 9052): tag 18, protected header with the algorithm, payload, signature.',
    blame: 'subject',
  });

export const claimMissing = (which: string, name: string, number: number): Problem =>
  new Problem({
    code: 'claim-missing',
    what: `${which} token: the claim ${name} (${number}) is missing.`,
    fix: 'Emit it: this token format needs it.',
    blame: 'subject',
  });

export const claimMalformed = (which: string, name: string, number: number, offset: number, what: string): Problem =>
  new Problem({
    code: 'claim-malformed',
    what: `${which} token: the claim ${name} (${number}) ${what}`,
    where: atByte(offset),
    fix: 'Emit the claim as the token format says.',
    blame: 'subject',
  });

export const keyMalformed = (what: string): Problem =>
  new Problem({
    code: 'key-malformed',
    what,
    fix: 'Give an EC public key on P-256, P-384 or P-521 as a JWK ({"kty":"EC","crv":…,"x":…,"y":…}) or COSE_Key.',
    blame: 'usage',
  });
