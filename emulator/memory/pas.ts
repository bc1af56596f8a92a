/** The four physical address spaces of FEAT_RME, numbered so that GPI = 0b1000 + PAS (Arm ARM, GPT descriptors). */
export const Pas = { Secure: 0, NonSecure: 1, Root: 2, Realm: 3 } as const;
export type Pas = (typeof Pas)[keyof typeof Pas];

/** The specification's names, in the order of the numbers. */
export const PAS_NAMES = ['Secure', 'Non-secure', 'Root', 'Realm'] as const;

/**
 * An encryption context of the MPE as one number: PAS in the two low bits, MECID above. MECIDs exist in the Realm PAS
 * only; the other three have one context each (MECID 0).
 */
export type EncryptionContext = number & { readonly __encryptionContext: true };

export const encryptionContext = (pas: Pas, mecid = 0): EncryptionContext => (mecid * 4 + pas) as EncryptionContext;
export const pasOf = (context: EncryptionContext): Pas => (context % 4) as Pas;
export const mecidOf = (context: EncryptionContext): number => Math.floor(context / 4);
