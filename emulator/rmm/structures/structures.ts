/** Structures of the RMM ABI, 1.0 and what of 1.1 is built, that lie in memory. One table each, read by the commands and by whoever shows them. */
export interface StructureField {
  readonly name: string;
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** Bytes of one element. */
  readonly size: number;
  /** Elements; 1 for a plain field. */
  readonly count: number;
  /** A structure, bit fields, an enumeration, or a plain type. */
  readonly type: string;
  readonly summary: string;
}

export interface Structure {
  /** Bytes. */
  readonly size: number;
  readonly summary: string;
  readonly fields: Readonly<Record<string, StructureField>>;
}

const field = (
  name: string,
  offset: number,
  size: number,
  type: string,
  summary: string,
  count = 1,
): StructureField => ({
  name,
  offset,
  size,
  count,
  type,
  summary,
});

/** Input of RMI_REALM_CREATE; every byte not listed must be zero. */
export const RMI_REALM_PARAMS = {
  size: 0x1000,
  summary: 'input of RMI_REALM_CREATE; every byte not listed must be zero',
  fields: {
    flags: field('flags', 0x0, 8, 'RmiRealmFlags', 'flags'),
    s2sz: field('s2sz', 0x8, 4, 'UInt32', 'requested IPA width in bits'),
    sve_vl: field('sve_vl', 0x10, 4, 'UInt32', 'SVE vector length, (n + 1) * 128 bits'),
    num_bps: field('num_bps', 0x18, 4, 'UInt32', 'breakpoints minus 1'),
    num_wps: field('num_wps', 0x20, 4, 'UInt32', 'watchpoints minus 1'),
    pmu_num_ctrs: field('pmu_num_ctrs', 0x28, 4, 'UInt32', 'PMU counters'),
    hash_algo: field('hash_algo', 0x30, 1, 'RmiHashAlgorithm', 'hash algorithm of the measurements'),
    num_aux_planes: field('num_aux_planes', 0x38, 4, 'UInt32', 'auxiliary Planes (RMM 1.1)'),
    rpv: field('rpv', 0x400, 64, 'Bits512', 'Realm Personalization Value, not measured'),
    vmid: field('vmid', 0x800, 2, 'Bits16', 'VMID'),
    rtt_base: field('rtt_base', 0x808, 8, 'Address', 'first starting-level RTT'),
    rtt_level_start: field('rtt_level_start', 0x810, 8, 'Int64', 'starting level, signed'),
    rtt_num_start: field('rtt_num_start', 0x818, 4, 'UInt32', 'number of concatenated starting-level RTTs'),
    flags1: field('flags1', 0x820, 8, 'RmiRealmFlags1', 'more flags (RMM 1.1)'),
    mecid: field('mecid', 0x828, 8, 'Bits64', 'MECID (RMM 1.1)'),
  },
} as const satisfies Structure;

/** Input of RMI_REC_CREATE. */
export const RMI_REC_PARAMS = {
  size: 0x1000,
  summary: 'input of RMI_REC_CREATE',
  fields: {
    flags: field('flags', 0x0, 8, 'RmiRecCreateFlags', 'flags'),
    mpidr: field('mpidr', 0x100, 8, 'RmiRecMpidr', 'affinity of the REC'),
    pc: field('pc', 0x200, 8, 'Bits64', 'where execution begins'),
    gprs: field('gprs', 0x300, 8, 'Bits64', 'general-purpose registers from X0', 8),
    num_aux: field('num_aux', 0x800, 4, 'UInt32', 'number of auxiliary granules'),
    aux: field('aux', 0x808, 8, 'Address', 'auxiliary granules', 16),
  },
} as const satisfies Structure;

/** Shared page of RMI_REC_ENTER. */
export const RMI_REC_RUN = {
  size: 0x1000,
  summary: 'shared page of RMI_REC_ENTER',
  fields: {
    enter: field('enter', 0x0, 2048, 'RmiRecEnter', 'Host to RMM'),
    exit: field('exit', 0x800, 2048, 'RmiRecExit', 'RMM to Host'),
  },
} as const satisfies Structure;

/** Host to RMM. */
export const RMI_REC_ENTER = {
  size: 0x800,
  summary: 'Host to RMM',
  fields: {
    flags: field('flags', 0x0, 8, 'RmiRecEnterFlags', 'flags'),
    gprs: field('gprs', 0x200, 8, 'Bits64', 'general-purpose registers from X0', 31),
    gicv3_hcr: field('gicv3_hcr', 0x300, 8, 'Bits64', 'GICv3 hypervisor control'),
    gicv3_lrs: field('gicv3_lrs', 0x308, 8, 'Bits64', 'GICv3 list registers', 16),
  },
} as const satisfies Structure;

/** RMM to Host; offsets are relative to the exit half (add 0x800 for the page). */
export const RMI_REC_EXIT = {
  size: 0x800,
  summary: 'RMM to Host; offsets are relative to the exit half (add 0x800 for the page)',
  fields: {
    exit_reason: field('exit_reason', 0x0, 1, 'RmiRecExitReason', 'why the REC left'),
    esr: field('esr', 0x100, 8, 'Bits64', 'masked ESR_EL2'),
    far: field('far', 0x108, 8, 'Bits64', 'masked FAR_EL2'),
    hpfar: field('hpfar', 0x110, 8, 'Bits64', 'HPFAR_EL2: IPA bits 51:12 at 47:4 of the register'),
    gprs: field('gprs', 0x200, 8, 'Bits64', 'general-purpose registers from X0', 31),
    gicv3_hcr: field('gicv3_hcr', 0x300, 8, 'Bits64', 'GICv3 hypervisor control'),
    gicv3_lrs: field('gicv3_lrs', 0x308, 8, 'Bits64', 'GICv3 list registers', 16),
    gicv3_misr: field('gicv3_misr', 0x388, 8, 'Bits64', 'GICv3 maintenance interrupt state'),
    gicv3_vmcr: field('gicv3_vmcr', 0x390, 8, 'Bits64', 'GICv3 virtual machine control'),
    cntp_ctl: field('cntp_ctl', 0x400, 8, 'Bits64', 'EL1 physical timer control'),
    cntp_cval: field('cntp_cval', 0x408, 8, 'Bits64', 'EL1 physical timer compare value'),
    cntv_ctl: field('cntv_ctl', 0x410, 8, 'Bits64', 'EL1 virtual timer control'),
    cntv_cval: field('cntv_cval', 0x418, 8, 'Bits64', 'EL1 virtual timer compare value'),
    ripas_base: field('ripas_base', 0x500, 8, 'Bits64', 'base of the requested RIPAS change'),
    ripas_top: field('ripas_top', 0x508, 8, 'Bits64', 'top of the requested RIPAS change'),
    ripas_value: field('ripas_value', 0x510, 1, 'RmiRipas', 'requested RIPAS'),
    imm: field('imm', 0x600, 4, 'UInt32', 'immediate of the host call (16 bits)'),
    pmu_ovf_status: field('pmu_ovf_status', 0x700, 1, 'RmiPmuOverflowStatus', 'PMU overflow'),
  },
} as const satisfies Structure;

/** Output of RSI_REALM_CONFIG. */
export const RSI_REALM_CONFIG = {
  size: 0x1000,
  summary: 'output of RSI_REALM_CONFIG',
  fields: {
    ipa_width: field('ipa_width', 0x0, 8, 'UInt64', 'IPA width in bits'),
    hash_algo: field('hash_algo', 0x8, 1, 'RsiHashAlgorithm', 'hash algorithm of the measurements'),
    rpv: field('rpv', 0x200, 64, 'Bits512', 'Realm Personalization Value, not measured'),
  },
} as const satisfies Structure;

/** Argument block of RSI_HOST_CALL; 256-byte aligned. */
export const RSI_HOST_CALL = {
  size: 0x100,
  summary: 'argument block of RSI_HOST_CALL; 256-byte aligned',
  fields: {
    imm: field('imm', 0x0, 4, 'UInt32', 'immediate of the host call (16 bits)'),
    gprs: field('gprs', 0x8, 8, 'Bits64', 'general-purpose registers from X0', 31),
  },
} as const satisfies Structure;

/** Hashed to extend RIM in RMI_DATA_CREATE. */
export const RMM_MEASUREMENT_DESCRIPTOR_DATA = {
  size: 0x100,
  summary: 'hashed to extend RIM in RMI_DATA_CREATE',
  fields: {
    desc_type: field('desc_type', 0x0, 1, 'Bits8', 'kind of descriptor'),
    len: field('len', 0x8, 8, 'UInt64', 'length of this structure in bytes'),
    rim: field('rim', 0x10, 64, 'Bits512', 'RIM before, zero padded'),
    ipa: field('ipa', 0x50, 8, 'Address', 'IPA of the page'),
    flags: field('flags', 0x58, 8, 'RmiDataFlags', 'flags'),
    content: field('content', 0x60, 64, 'Bits512', 'hash of the content'),
  },
} as const satisfies Structure;

/** Hashed to extend RIM in RMI_REC_CREATE. */
export const RMM_MEASUREMENT_DESCRIPTOR_REC = {
  size: 0x100,
  summary: 'hashed to extend RIM in RMI_REC_CREATE',
  fields: {
    desc_type: field('desc_type', 0x0, 1, 'Bits8', 'kind of descriptor'),
    len: field('len', 0x8, 8, 'UInt64', 'length of this structure in bytes'),
    rim: field('rim', 0x10, 64, 'Bits512', 'RIM before, zero padded'),
    content: field('content', 0x50, 64, 'Bits512', 'hash of the content'),
  },
} as const satisfies Structure;

/** Hashed to extend RIM in RMI_RTT_INIT_RIPAS. */
export const RMM_MEASUREMENT_DESCRIPTOR_RIPAS = {
  size: 0x100,
  summary: 'hashed to extend RIM in RMI_RTT_INIT_RIPAS',
  fields: {
    desc_type: field('desc_type', 0x0, 1, 'Bits8', 'kind of descriptor'),
    len: field('len', 0x8, 8, 'UInt64', 'length of this structure in bytes'),
    rim: field('rim', 0x10, 64, 'Bits512', 'RIM before, zero padded'),
    base: field('base', 0x50, 8, 'Address', 'base IPA'),
    top: field('top', 0x58, 8, 'Address', 'top IPA'),
  },
} as const satisfies Structure;

/** All of them by name. */
export const STRUCTURES: Readonly<Record<string, Structure>> = {
  RmiRealmParams: RMI_REALM_PARAMS,
  RmiRecParams: RMI_REC_PARAMS,
  RmiRecRun: RMI_REC_RUN,
  RmiRecEnter: RMI_REC_ENTER,
  RmiRecExit: RMI_REC_EXIT,
  RsiRealmConfig: RSI_REALM_CONFIG,
  RsiHostCall: RSI_HOST_CALL,
  RmmMeasurementDescriptorData: RMM_MEASUREMENT_DESCRIPTOR_DATA,
  RmmMeasurementDescriptorRec: RMM_MEASUREMENT_DESCRIPTOR_REC,
  RmmMeasurementDescriptorRipas: RMM_MEASUREMENT_DESCRIPTOR_RIPAS,
};
