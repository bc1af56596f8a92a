/**
 * TEST KEYS. PUBLISHED, WORTHLESS, NOT SECRET.
 *
 * These private keys are in a public source file so that the emulator can sign CCA tokens the way real hardware does.
 * A token signed with them proves nothing about anything: whoever reads this can sign one. Never make a verifier that
 * guards something trust them.
 *
 * The scalars are SHA-384 of the texts beside them, so that everyone can see they hide nothing.
 */
import { sha384 } from '@noble/hashes/sha2.js';
import { utf8 } from '../bytes';
import type { SigningKey } from '../cose/key';

const testKey = (text: string): SigningKey => ({ curve: 'P-384', d: sha384(utf8(text)) });

/** Stands for the CCA Platform Attestation Key, which hardware keeps. Signs platform tokens. */
export const TEST_CPAK: SigningKey = testKey('Realmscope test CPAK, not a secret');
/** Stands for the Realm Attestation Key, which EL3 gives the RMM at each boot. Signs Realm tokens. */
export const TEST_RAK: SigningKey = testKey('Realmscope test RAK, not a secret');
