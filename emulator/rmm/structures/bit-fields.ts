/** Register values with fields, RMM 1.0 and what of 1.1 is built. Bits not listed are reserved and zero. */
export interface BitField {
  readonly name: string;
  /** Lowest bit. */
  readonly lsb: number;
  /** Bits. */
  readonly width: number;
  /** An enumeration, or a plain type. */
  readonly type: string;
  readonly summary: string;
}

export const BIT_FIELDS = {
  RmiCommandReturnCode: [
    { name: 'status', lsb: 0, width: 8, type: 'RmiStatusCode', summary: 'status' },
    { name: 'index', lsb: 8, width: 8, type: 'UInt8', summary: 'extra information' },
  ],
  RmiInterfaceVersion: [
    { name: 'minor', lsb: 0, width: 16, type: 'UInt16', summary: 'minor' },
    { name: 'major', lsb: 16, width: 15, type: 'UInt15', summary: 'major' },
  ],
  RsiInterfaceVersion: [
    { name: 'minor', lsb: 0, width: 16, type: 'UInt16', summary: 'minor' },
    { name: 'major', lsb: 16, width: 15, type: 'UInt15', summary: 'major' },
  ],
  RmiFeatureRegister0: [
    { name: 'S2SZ', lsb: 0, width: 8, type: 'UInt8', summary: 'max IPA width' },
    { name: 'LPA2', lsb: 8, width: 1, type: 'RmiFeature', summary: 'LPA2 available' },
    { name: 'SVE_EN', lsb: 9, width: 1, type: 'RmiFeature', summary: 'SVE available' },
    { name: 'SVE_VL', lsb: 10, width: 4, type: 'UInt4', summary: 'max SVE vector length, (n+1)*128 bits' },
    { name: 'NUM_BPS', lsb: 14, width: 6, type: 'UInt6', summary: 'breakpoints minus 1' },
    { name: 'NUM_WPS', lsb: 20, width: 6, type: 'UInt6', summary: 'watchpoints minus 1' },
    { name: 'PMU_EN', lsb: 26, width: 1, type: 'RmiFeature', summary: 'PMU available' },
    { name: 'PMU_NUM_CTRS', lsb: 27, width: 5, type: 'UInt5', summary: 'PMU counters' },
    { name: 'HASH_SHA_256', lsb: 32, width: 1, type: 'RmiFeature', summary: 'SHA-256' },
    { name: 'HASH_SHA_512', lsb: 33, width: 1, type: 'RmiFeature', summary: 'SHA-512' },
    { name: 'GICV3_NUM_LRS', lsb: 34, width: 4, type: 'UInt4', summary: 'list registers minus 1' },
    { name: 'MAX_RECS_ORDER', lsb: 38, width: 4, type: 'UInt4', summary: 'max RECs per Realm = 2^n - 1' },
    { name: 'DA_EN', lsb: 42, width: 1, type: 'RmiFeature', summary: 'device assignment (RMM 1.1)' },
    { name: 'PLANE_RTT', lsb: 43, width: 2, type: 'RmiRttPlaneFeature', summary: 'RTT trees of Planes (RMM 1.1)' },
    { name: 'MAX_NUM_AUX_PLANES', lsb: 45, width: 4, type: 'UInt4', summary: 'auxiliary Planes (RMM 1.1)' },
    { name: 'RTT_S2AP_INDIRECT', lsb: 49, width: 1, type: 'RmiFeature', summary: 'indirect permissions (RMM 1.1)' },
  ],
  RmiFeatureRegister1: [
    { name: 'MAX_MECID', lsb: 0, width: 64, type: 'UInt64', summary: 'highest MECID the Host may use (RMM 1.1)' },
  ],
  RsiFeatureRegister0: [
    { name: 'DA', lsb: 0, width: 1, type: 'RsiFeature', summary: 'device assignment (RMM 1.1)' },
    { name: 'MRO', lsb: 1, width: 1, type: 'RsiFeature', summary: 'mostly-read-only permissions (RMM 1.1)' },
    { name: 'ATS', lsb: 2, width: 1, type: 'RsiFeature', summary: 'address translation services (RMM 1.1)' },
  ],
  RmiRealmFlags: [
    { name: 'lpa2', lsb: 0, width: 1, type: 'RmiFeature', summary: 'use LPA2' },
    { name: 'sve', lsb: 1, width: 1, type: 'RmiFeature', summary: 'use SVE' },
    { name: 'pmu', lsb: 2, width: 1, type: 'RmiFeature', summary: 'use PMU' },
    { name: 'da', lsb: 3, width: 1, type: 'RmiFeature', summary: 'use device assignment (RMM 1.1)' },
  ],
  RmiRealmFlags1: [
    { name: 'rtt_tree_pp', lsb: 0, width: 1, type: 'RmiFeature', summary: 'an RTT tree for each Plane' },
    { name: 's2ap_enc', lsb: 1, width: 1, type: 'RmiRttS2APEncoding', summary: 'how permissions are encoded' },
  ],
  RmiRecCreateFlags: [
    { name: 'runnable', lsb: 0, width: 1, type: 'RmiRecRunnable', summary: 'REC may be entered at once' },
  ],
  RmiRecMpidr: [
    { name: 'aff0', lsb: 0, width: 4, type: 'Bits4', summary: 'Aff0[3:0]' },
    { name: 'aff1', lsb: 8, width: 8, type: 'Bits8', summary: 'Aff1' },
    { name: 'aff2', lsb: 16, width: 8, type: 'Bits8', summary: 'Aff2' },
    { name: 'aff3', lsb: 24, width: 8, type: 'Bits8', summary: 'Aff3' },
  ],
  RmiRecEnterFlags: [
    { name: 'emul_mmio', lsb: 0, width: 1, type: 'RmiEmulatedMmio', summary: 'Host emulated the MMIO access' },
    { name: 'inject_sea', lsb: 1, width: 1, type: 'RmiInjectSea', summary: 'inject a Synchronous External Abort' },
    { name: 'trap_wfi', lsb: 2, width: 1, type: 'RmiTrap', summary: 'WFI exits to the Host' },
    { name: 'trap_wfe', lsb: 3, width: 1, type: 'RmiTrap', summary: 'WFE exits to the Host' },
    { name: 'ripas_response', lsb: 4, width: 1, type: 'RmiResponse', summary: 'answer to a RIPAS change request' },
  ],
  RmiDataFlags: [
    { name: 'measure', lsb: 0, width: 1, type: 'RmiDataMeasureContent', summary: 'measure the page content' },
  ],
  RsiRipasChangeFlags: [
    { name: 'destroyed', lsb: 0, width: 1, type: 'RsiRipasChangeDestroyed', summary: 'allow change from DESTROYED' },
  ],
  RttMapUnprotectedDesc: [
    {
      name: 'memattr',
      lsb: 2,
      width: 3,
      type: 'Bits3',
      summary:
        'stage 2 MemAttr[2:0] with FWB: 0b110 forces Normal WB, 0b111 keeps stage 1, 0b101 forces Normal NC; 0b100 reserved',
    },
    { name: 's2ap', lsb: 6, width: 2, type: 'Bits2', summary: '0 none, 1 RO, 2 WO, 3 RW' },
    {
      name: 'oa',
      lsb: 12,
      width: 36,
      type: 'Address',
      summary: 'output address bits 47:12 (with LPA2 also 49:48 in place and 51:50 at descriptor bits 9:8)',
    },
  ],
} as const satisfies Record<string, readonly BitField[]>;
