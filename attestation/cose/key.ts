/** EC2 keys of COSE (RFC 9053) and the curves of RFC 8812/9053 that CCA tokens use. */

export type Curve = 'P-256' | 'P-384' | 'P-521';

export interface PublicKey {
  readonly curve: Curve;
  /** Big-endian, as long as the curve's field (32, 48 or 66 bytes). */
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

export interface SigningKey {
  readonly curve: Curve;
  /** The private scalar, big-endian, field length. */
  readonly d: Uint8Array;
}
