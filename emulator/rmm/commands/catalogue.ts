/**
 * Every command of RMM 1.0 as plain data, made from the rows by scripts/catalogue.mjs; test/rmm/catalogue.test.ts keeps
 * the two equal.
 */
import type { CatalogueCommand } from './catalogue-types';

export const CATALOGUE: readonly CatalogueCommand[] = [
  {
    name: 'RMI_VERSION',
    interface: 'rmi',
    fid: 0xc4000150,
    summary: 'Negotiate the RMI revision.',
    inputs: [
      {
        reg: 'X1',
        name: 'req',
        type: 'RmiInterfaceVersion',
        summary: 'revision the Host wants: major in bits 30:16, minor in bits 15:0',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'lower',
        type: 'RmiInterfaceVersion',
        summary: 'lower of the two reported revisions; equals req on success',
      },
      {
        reg: 'X2',
        name: 'higher',
        type: 'RmiInterfaceVersion',
        summary: 'highest revision implemented',
      },
    ],
    failures: [
      {
        id: 'version_unsupported',
        text: 'req is not a revision the RMM implements',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: ['Both revisions are reported on failure too.'],
  },
  {
    name: 'RMI_GRANULE_DELEGATE',
    interface: 'rmi',
    fid: 0xc4000151,
    summary: 'Give one Non-secure Granule to the Realm world.',
    inputs: [
      {
        reg: 'X1',
        name: 'addr',
        type: 'Address',
        summary: 'PA of the Granule',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'gran_align',
        text: '!AddrIsGranuleAligned(addr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'gran_bound',
        text: '!PaIsDelegable(addr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'gran_state',
        text: 'Granule(addr).state != UNDELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'gran_gpt',
        text: 'Granule(addr).gpt != GPT_NS',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: [],
  },
  {
    name: 'RMI_GRANULE_UNDELEGATE',
    interface: 'rmi',
    fid: 0xc4000152,
    summary: 'Return one delegated Granule to the Non-secure world.',
    inputs: [
      {
        reg: 'X1',
        name: 'addr',
        type: 'Address',
        summary: 'PA of the Granule',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'gran_align',
        text: '!AddrIsGranuleAligned(addr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'gran_bound',
        text: '!PaIsDelegable(addr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'gran_state',
        text: 'Granule(addr).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: [],
  },
  {
    name: 'RMI_DATA_CREATE',
    interface: 'rmi',
    fid: 0xc4000153,
    summary: 'Create a DATA Granule, copy a Host page into it, map it at a Protected IPA and measure it.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'data',
        type: 'Address',
        summary: 'PA of the destination Granule',
      },
      {
        reg: 'X3',
        name: 'ipa',
        type: 'Address',
        summary: 'Protected IPA to map at',
      },
      {
        reg: 'X4',
        name: 'src',
        type: 'Address',
        summary: 'PA of the NS source Granule',
      },
      {
        reg: 'X5',
        name: 'flags',
        type: 'RmiDataFlags',
        summary: 'bit 0: measure content',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'flags_valid',
        text: 'flags is neither 0 nor 1',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'src_align',
        text: '!AddrIsGranuleAligned(src)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'src_bound',
        text: 'src is not a tracked memory Granule',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'src_pas',
        text: 'PAS of src is not NS',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_align',
        text: '!AddrIsGranuleAligned(data)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_bound',
        text: '!PaIsDelegable(data)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_state',
        text: 'Granule(data).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'realm_state',
        text: 'Realm(rd).state != REALM_NEW',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'ipa_align',
        text: '!AddrIsGranuleAligned(ipa)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: '!AddrIsProtected(ipa, Realm(rd))',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_bound2',
        text: '!Realm(rd).feat_lpa2 && data >= 2^48',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < RTT_PAGE_LEVEL (3)',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != UNASSIGNED',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['Any RIPAS is accepted and becomes RAM.', 'Only legal while the Realm is NEW.'],
  },
  {
    name: 'RMI_DATA_CREATE_UNKNOWN',
    interface: 'rmi',
    fid: 0xc4000154,
    summary: 'Create a DATA Granule with unspecified (wiped) content and map it at a Protected IPA.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'data',
        type: 'Address',
        summary: 'PA of the destination Granule',
      },
      {
        reg: 'X3',
        name: 'ipa',
        type: 'Address',
        summary: 'Protected IPA to map at',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'data_align',
        text: '!AddrIsGranuleAligned(data)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_bound',
        text: '!PaIsDelegable(data)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_state',
        text: 'Granule(data).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: '!AddrIsGranuleAligned(ipa)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: '!AddrIsProtected(ipa, Realm(rd))',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'data_bound2',
        text: '!Realm(rd).feat_lpa2 && data >= 2^48',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < RTT_PAGE_LEVEL (3)',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != UNASSIGNED',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['Legal in every Realm state.', 'RIM is unchanged.'],
  },
  {
    name: 'RMI_DATA_DESTROY',
    interface: 'rmi',
    fid: 0xc4000155,
    summary: 'Unmap and destroy the DATA Granule mapped at a Protected IPA.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'Protected IPA',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'data',
        type: 'Address',
        summary: 'PA of the Granule that was unmapped',
        validWhen: 'result == RMI_SUCCESS',
      },
      {
        reg: 'X2',
        name: 'top',
        type: 'Address',
        summary: 'top of the run of non-live RTT entries starting at the entry where the walk ended',
        validWhen: 'result is RMI_SUCCESS or RMI_ERROR_RTT',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: '!AddrIsProtected(ipa, Realm(rd))',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: '!AddrIsGranuleAligned(ipa)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < 3',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != ASSIGNED',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['A folded (block) mapping must first be unfolded with RMI_RTT_CREATE.'],
  },
  {
    name: 'RMI_REALM_ACTIVATE',
    interface: 'rmi',
    fid: 0xc4000157,
    summary: 'Move a Realm from NEW to ACTIVE.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'realm_state',
        text: 'Realm(rd).state != REALM_NEW',
        status: 'RMI_ERROR_REALM',
      },
    ],
    notes: ['RIM is final from now on.'],
  },
  {
    name: 'RMI_REALM_CREATE',
    interface: 'rmi',
    fid: 0xc4000158,
    summary: 'Create a Realm: RD, starting-level RTTs, VMID and initial RIM.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Granule that becomes the RD',
      },
      {
        reg: 'X2',
        name: 'params_ptr',
        type: 'RmiRealmParams',
        summary: 'PA of an NS page holding RmiRealmParams',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'params_align',
        text: '!AddrIsGranuleAligned(params_ptr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_bound',
        text: 'params_ptr is not a tracked memory Granule',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_pas',
        text: 'PAS of params_ptr is not NS',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_valid',
        text: 'an encoding in params is reserved: hash_algo, s2sz below 32, num_bps == 0 or num_wps == 0',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_supp',
        text: 'params asks for more than RmiFeatureRegister0 offers',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_num_level',
        text: 'rtt_level_start and rtt_num_start do not match s2sz',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'vmid_valid',
        text: 'vmid is out of range for the implemented VMID width, or already used by another Realm',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'alias',
        text: 'rd lies inside [rtt_base, rtt_base + rtt_num_start * 4096)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_align',
        text: 'rtt_base is not aligned to rtt_num_start * 4096',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_state',
        text: 'any starting-level RTT Granule is not DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'mecid_free',
        text: 'no MECID is free',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: [
      'All failures return RMI_ERROR_INPUT.',
      'Under RMM 1.0 the RMM chooses the MECID itself: `mecid_free` is ours.',
    ],
  },
  {
    name: 'RMI_REALM_DESTROY',
    interface: 'rmi',
    fid: 0xc4000159,
    summary: 'Destroy a Realm that owns nothing but its starting-level RTTs.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'realm_live',
        text: 'RealmIsLive(rd): a REC exists, or a starting-level RTT is live',
        status: 'RMI_ERROR_REALM',
      },
    ],
    notes: ['Legal in every Realm state.', 'ASSIGNED_NS entries do not make an RTT live.'],
  },
  {
    name: 'RMI_REC_CREATE',
    interface: 'rmi',
    fid: 0xc400015a,
    summary: 'Create a REC (virtual CPU) in a NEW Realm.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'rec',
        type: 'Address',
        summary: 'PA of the Granule that becomes the REC',
      },
      {
        reg: 'X3',
        name: 'params_ptr',
        type: 'RmiRecParams',
        summary: 'PA of an NS page holding RmiRecParams',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'params_align',
        text: '!AddrIsGranuleAligned(params_ptr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_bound',
        text: 'params_ptr is not a tracked memory Granule',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'params_pas',
        text: 'PAS of params_ptr is not NS',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'num_aux_bound',
        text: 'params.num_aux > 16',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'aux_align',
        text: 'some aux[i], i < num_aux, is not Granule aligned',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'aux_alias',
        text: 'an aux Granule repeats, or equals rec',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'aux_bound',
        text: 'some aux[i] is not delegable',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'aux_state',
        text: 'some aux[i] is not DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_align',
        text: '!AddrIsGranuleAligned(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_bound',
        text: '!PaIsDelegable(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_gran_state',
        text: 'Granule(rec).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'max_recs',
        text: 'the Realm already has the maximum number of RECs',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'realm_state',
        text: 'Realm(rd).state != REALM_NEW',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'params_valid',
        text: 'reserved bits of mpidr are set',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'mpidr_index',
        text: 'RecIndex(params.mpidr) != Realm(rd).rec_index',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'num_aux',
        text: 'params.num_aux != RecAuxCount(rd)',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: ['RECs are created with consecutive indices from 0.', '`num_aux_bound` is ours: params has room for 16.'],
  },
  {
    name: 'RMI_REC_DESTROY',
    interface: 'rmi',
    fid: 0xc400015b,
    summary: 'Destroy a REC that is not running.',
    inputs: [
      {
        reg: 'X1',
        name: 'rec',
        type: 'Address',
        summary: 'PA of the REC',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'rec_align',
        text: '!AddrIsGranuleAligned(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_bound',
        text: '!PaIsDelegable(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_gran_state',
        text: 'Granule(rec).state != REC',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_state',
        text: 'Rec(rec).state == REC_RUNNING',
        status: 'RMI_ERROR_REC',
      },
    ],
    notes: ['Legal in every Realm state.', 'rec_index of the Realm is not decremented.'],
  },
  {
    name: 'RMI_REC_ENTER',
    interface: 'rmi',
    fid: 0xc400015c,
    summary: 'Run a REC until it exits to the Host.',
    inputs: [
      {
        reg: 'X1',
        name: 'rec',
        type: 'Address',
        summary: 'PA of the REC',
      },
      {
        reg: 'X2',
        name: 'run_ptr',
        type: 'RmiRecRun',
        summary: 'PA of an NS page holding RmiRecRun',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'run_align',
        text: '!AddrIsGranuleAligned(run_ptr)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'run_bound',
        text: 'run_ptr is not a tracked memory Granule',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'run_pas',
        text: 'PAS of run_ptr is not NS',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_align',
        text: '!AddrIsGranuleAligned(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_bound',
        text: '!PaIsDelegable(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_gran_state',
        text: 'Granule(rec).state != REC',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_state',
        text: 'Rec(rec).state == REC_RUNNING',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'realm_new',
        text: 'Realm(Rec(rec).owner).state == REALM_NEW',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'system_off',
        text: 'Realm(Rec(rec).owner).state == REALM_SYSTEM_OFF',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'rec_runnable',
        text: 'Rec(rec).flags.runnable == NOT_RUNNABLE',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'rec_psci',
        text: 'Rec(rec).psci_pending == PSCI_REQUEST_PENDING',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'rec_gicv3',
        text: 'entry.gicv3_hcr or any implemented entry.gicv3_lrs[n] is invalid',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'rec_sea',
        text: 'entry.flags.inject_sea set but the last exit was not a Data Abort at an Unprotected IPA',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'rec_mmio',
        text: 'entry.flags.emul_mmio set and Rec(rec).emulatable_abort == NOT_EMULATABLE_ABORT',
        status: 'RMI_ERROR_REC',
      },
    ],
    notes: [
      'RMI_SUCCESS does not mean that a Realm instruction was executed.',
      'run_ptr.exit is written only when the result is RMI_SUCCESS.',
    ],
  },
  {
    name: 'RMI_RTT_CREATE',
    interface: 'rmi',
    fid: 0xc400015d,
    summary: 'Create an RTT below an existing entry (also used to unfold a block).',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'rtt',
        type: 'Address',
        summary: 'PA of the Granule that becomes the RTT',
      },
      {
        reg: 'X3',
        name: 'ipa',
        type: 'Address',
        summary: 'base IPA of the range the new table covers',
      },
      {
        reg: 'X4',
        name: 'level',
        type: 'Int64',
        summary: 'level of the new table',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'rtt_align',
        text: '!AddrIsGranuleAligned(rtt)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_bound',
        text: '!PaIsDelegable(rtt)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_state',
        text: 'Granule(rtt).state != DELEGATED',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level <= Realm(rd).rtt_level_start || level > 3',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to the size of one entry at level - 1',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_bound2',
        text: '!Realm(rd).feat_lpa2 && rtt >= 2^48',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < level - 1',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state == TABLE',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['Legal in every Realm state.', 'HIPAS, RIPAS and output addresses of the region are preserved.'],
  },
  {
    name: 'RMI_RTT_DESTROY',
    interface: 'rmi',
    fid: 0xc400015e,
    summary: 'Destroy a non-live RTT; the region loses its content and state.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'base IPA of the range the table covers',
      },
      {
        reg: 'X3',
        name: 'level',
        type: 'Int64',
        summary: 'level of the table to destroy',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'rtt',
        type: 'Address',
        summary: 'PA of the destroyed RTT',
        validWhen: 'result == RMI_SUCCESS',
      },
      {
        reg: 'X2',
        name: 'top',
        type: 'Address',
        summary: 'top of the non-live run from the entry where the walk ended',
        validWhen: 'result is RMI_SUCCESS or RMI_ERROR_RTT',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level <= Realm(rd).rtt_level_start || level > 3',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to the size of one entry at level - 1',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < level - 1',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != TABLE',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtt_live',
        text: 'RttIsLive(walk.rtte.addr)',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['A table full of EMPTY entries still turns the region DESTROYED.', 'With rtt_live, top == ipa.'],
  },
  {
    name: 'RMI_RTT_MAP_UNPROTECTED',
    interface: 'rmi',
    fid: 0xc400015f,
    summary: 'Map Host-chosen memory at an Unprotected IPA.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'Unprotected IPA',
      },
      {
        reg: 'X3',
        name: 'level',
        type: 'Int64',
        summary: 'level of the entry (1, 2 or 3)',
      },
      {
        reg: 'X4',
        name: 'desc',
        type: 'RttMapUnprotectedDesc',
        summary: 'Host part of the descriptor: output address, MemAttr[2:0], S2AP',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level is not a block or page level (1..3), or above the starting level',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'attr_valid',
        text: 'desc has a bit outside output address, MemAttr and S2AP, or MemAttr == 0b100',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'addr_align',
        text: 'output address not aligned to level',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'addr_bound',
        text: 'output address too wide for the Realm (>= 2^48 without LPA2)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width, or AddrIsProtected(ipa)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to level',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < level',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != UNASSIGNED_NS',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['The output address need not be Non-secure: if it is not, the access faults (GPC), not this call.'],
  },
  {
    name: 'RMI_RTT_READ_ENTRY',
    interface: 'rmi',
    fid: 0xc4000161,
    summary: 'Report the RTT entry reached for an IPA.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'IPA',
      },
      {
        reg: 'X3',
        name: 'level',
        type: 'Int64',
        summary: 'deepest level to walk to',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'walk_level',
        type: 'UInt64',
        summary: 'level where the walk ended',
        validWhen: 'result == RMI_SUCCESS',
      },
      {
        reg: 'X2',
        name: 'state',
        type: 'RmiRttEntryState',
        summary: 'entry state',
        validWhen: 'result == RMI_SUCCESS',
      },
      {
        reg: 'X3',
        name: 'desc',
        type: 'Bits64',
        summary: 'output address, and what the Host chose of an Unprotected mapping',
        validWhen: 'result == RMI_SUCCESS',
      },
      {
        reg: 'X4',
        name: 'ripas',
        type: 'RmiRipas',
        summary: 'RIPAS of a Protected entry',
        validWhen: 'result == RMI_SUCCESS',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level < Realm(rd).rtt_level_start || level > 3',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to level',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: ['A walk that ends early is no error: walk_level says so.'],
  },
  {
    name: 'RMI_RTT_UNMAP_UNPROTECTED',
    interface: 'rmi',
    fid: 0xc4000162,
    summary: 'Remove a mapping at an Unprotected IPA.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'Unprotected IPA',
      },
      {
        reg: 'X3',
        name: 'level',
        type: 'Int64',
        summary: 'level of the entry (1, 2 or 3)',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'top',
        type: 'Address',
        summary: 'top of the non-live run from the entry where the walk ended',
        validWhen: 'result is RMI_SUCCESS or RMI_ERROR_RTT',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level is not a block or page level (1..3), or above the starting level',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width, or AddrIsProtected(ipa)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to level',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < level',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != ASSIGNED_NS',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: [],
  },
  {
    name: 'RMI_PSCI_COMPLETE',
    interface: 'rmi',
    fid: 0xc4000164,
    summary: 'Answer a pending PSCI request made by one REC about another.',
    inputs: [
      {
        reg: 'X1',
        name: 'calling_rec',
        type: 'Address',
        summary: 'PA of the REC that made the PSCI call',
      },
      {
        reg: 'X2',
        name: 'target_rec',
        type: 'Address',
        summary: 'PA of the REC named by the call',
      },
      {
        reg: 'X3',
        name: 'status',
        type: 'PsciReturnCode',
        summary: 'Host decision',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
    ],
    failures: [
      {
        id: 'alias',
        text: 'calling_rec == target_rec',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'calling_align',
        text: '!AddrIsGranuleAligned(calling_rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'calling_bound',
        text: '!PaIsDelegable(calling_rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'calling_state',
        text: 'Granule(calling_rec).state != REC',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'target_align',
        text: '!AddrIsGranuleAligned(target_rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'target_bound',
        text: '!PaIsDelegable(target_rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'target_state',
        text: 'Granule(target_rec).state != REC',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'calling_running',
        text: 'calling_rec is running on some PE',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'pending',
        text: 'Rec(calling_rec).psci_pending != PSCI_REQUEST_PENDING',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'owner',
        text: 'the two RECs belong to different Realms',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'target',
        text: 'RecIndex(Rec(calling_rec).gprs[1]) != index of target_rec',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'status',
        text: 'status is not allowed for the pending call',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'denied_on',
        text: 'status == DENIED, but the target is on',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: ['With denied_on the request is completed all the same, with ALREADY_ON.'],
  },
  {
    name: 'RMI_FEATURES',
    interface: 'rmi',
    fid: 0xc4000165,
    summary: 'Read an RMI feature register.',
    inputs: [
      {
        reg: 'X1',
        name: 'index',
        type: 'UInt64',
        summary: 'feature register number',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'value',
        type: 'RmiFeatureRegister0',
        summary: 'register contents; zero for every index other than 0',
      },
    ],
    failures: [],
    notes: ['Never fails.'],
  },
  {
    name: 'RMI_RTT_FOLD',
    interface: 'rmi',
    fid: 0xc4000166,
    summary: 'Destroy a homogeneous RTT and keep its state in the parent entry.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'ipa',
        type: 'Address',
        summary: 'base IPA of the range the table covers',
      },
      {
        reg: 'X3',
        name: 'level',
        type: 'Int64',
        summary: 'level of the table to fold',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'rtt',
        type: 'Address',
        summary: 'PA of the folded RTT',
        validWhen: 'result == RMI_SUCCESS',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'level_bound',
        text: 'level <= Realm(rd).rtt_level_start || level > 3',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_bound',
        text: 'ipa >= 2^ipa_width',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'ipa_align',
        text: 'ipa not aligned to the size of one entry at level - 1',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rtt_walk',
        text: 'walk.level < level - 1',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'walk.rtte.state != TABLE',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtt_homo',
        text: '!RttIsHomogeneous(walk.rtte.addr)',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'fold_block_level',
        text: 'entries are ASSIGNED or ASSIGNED_NS and the parent level is below the smallest block level',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: ['RIPAS is preserved: unlike RMI_RTT_DESTROY nothing becomes DESTROYED.'],
  },
  {
    name: 'RMI_REC_AUX_COUNT',
    interface: 'rmi',
    fid: 0xc4000167,
    summary: 'Number of auxiliary Granules each REC of this Realm needs.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'aux_count',
        type: 'UInt64',
        summary: 'number of auxiliary Granules',
        validWhen: 'result == RMI_SUCCESS',
      },
    ],
    failures: [
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
    ],
    notes: ['The same for every Realm.'],
  },
  {
    name: 'RMI_RTT_INIT_RIPAS',
    interface: 'rmi',
    fid: 0xc4000168,
    summary: 'Set RIPAS of an IPA range to RAM before activation, and measure it.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'base',
        type: 'Address',
        summary: 'base of the range',
      },
      {
        reg: 'X3',
        name: 'top',
        type: 'Address',
        summary: 'top of the range',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'out_top',
        type: 'Address',
        summary: 'end of the part that was processed',
        validWhen: 'result == RMI_SUCCESS',
      },
    ],
    failures: [
      {
        id: 'size_valid',
        text: 'top <= base',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'base_gran_align',
        text: '!AddrIsGranuleAligned(base)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'top_gran_align',
        text: '!AddrIsGranuleAligned(top)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'top_bound',
        text: '!AddrIsProtected(top - 4096, Realm(rd))',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'realm_state',
        text: 'Realm(rd).state != REALM_NEW',
        status: 'RMI_ERROR_REALM',
      },
      {
        id: 'base_align',
        text: 'base is not aligned to the entry size at walk.level',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'rtte_state',
        text: 'the first entry is not UNASSIGNED with RIPAS EMPTY or RAM',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'no_progress',
        text: 'the first entry extends past top',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: [
      'Partial progress is success: the Host goes on with base = out_top.',
      'Entries already RAM are measured again, so RIM depends on the depth of the RTT.',
    ],
  },
  {
    name: 'RMI_RTT_SET_RIPAS',
    interface: 'rmi',
    fid: 0xc4000169,
    summary: 'Apply (part of) a RIPAS change requested by a REC.',
    inputs: [
      {
        reg: 'X1',
        name: 'rd',
        type: 'Address',
        summary: 'PA of the Realm Descriptor',
      },
      {
        reg: 'X2',
        name: 'rec',
        type: 'Address',
        summary: 'PA of the requesting REC',
      },
      {
        reg: 'X3',
        name: 'base',
        type: 'Address',
        summary: 'base of the range',
      },
      {
        reg: 'X4',
        name: 'top',
        type: 'Address',
        summary: 'top of the range',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RmiCommandReturnCode',
        summary: 'status in bits 7:0, index in bits 15:8',
      },
      {
        reg: 'X1',
        name: 'out_top',
        type: 'Address',
        summary: 'end of the part that was processed',
        validWhen: 'result == RMI_SUCCESS',
      },
    ],
    failures: [
      {
        id: 'size_valid',
        text: 'top <= base',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'top_gran_align',
        text: '!AddrIsGranuleAligned(top)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_align',
        text: '!AddrIsGranuleAligned(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_bound',
        text: '!PaIsDelegable(rd)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rd_state',
        text: 'Granule(rd).state != RD',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_align',
        text: '!AddrIsGranuleAligned(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_bound',
        text: '!PaIsDelegable(rec)',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_gran_state',
        text: 'Granule(rec).state != REC',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'rec_state',
        text: 'Rec(rec).state == REC_RUNNING',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'rec_owner',
        text: 'Rec(rec).owner != rd',
        status: 'RMI_ERROR_REC',
      },
      {
        id: 'base_bound',
        text: 'base != Rec(rec).ripas_addr',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'top_bound',
        text: 'top > Rec(rec).ripas_top',
        status: 'RMI_ERROR_INPUT',
      },
      {
        id: 'base_align',
        text: 'base not aligned to the entry size at walk.level',
        status: 'RMI_ERROR_RTT',
      },
      {
        id: 'no_progress',
        text: 'first entry extends past top, or cannot change',
        status: 'RMI_ERROR_RTT',
      },
    ],
    notes: [
      'Without a pending request ripas_top is 0, so every call fails with top_bound.',
      'ASSIGNED, RAM to ASSIGNED, EMPTY keeps the Granule mapped.',
    ],
  },
  {
    name: 'RSI_VERSION',
    interface: 'rsi',
    fid: 0xc4000190,
    summary: 'Negotiate the RSI revision.',
    inputs: [
      {
        reg: 'X1',
        name: 'req',
        type: 'RsiInterfaceVersion',
        summary: 'revision the Realm wants',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'lower',
        type: 'RsiInterfaceVersion',
        summary: 'lower of the two reported revisions',
      },
      {
        reg: 'X2',
        name: 'higher',
        type: 'RsiInterfaceVersion',
        summary: 'highest implemented',
      },
    ],
    failures: [
      {
        id: 'version_unsupported',
        text: 'req is not implemented',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['Both revisions are reported on failure too.'],
  },
  {
    name: 'RSI_FEATURES',
    interface: 'rsi',
    fid: 0xc4000191,
    summary: 'Read an RSI feature register.',
    inputs: [
      {
        reg: 'X1',
        name: 'index',
        type: 'UInt64',
        summary: 'register number',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'value',
        type: 'Bits64',
        summary: 'zero for every index in 1.0',
      },
    ],
    failures: [],
    notes: [],
  },
  {
    name: 'RSI_MEASUREMENT_READ',
    interface: 'rsi',
    fid: 0xc4000192,
    summary: 'Read the RIM (index 0) or a REM (1..4).',
    inputs: [
      {
        reg: 'X1',
        name: 'index',
        type: 'UInt64',
        summary: '0..4',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'value_0',
        type: 'Bits64',
        summary: 'measurement bytes 0..7; zero beyond the hash size',
      },
      {
        reg: 'X2',
        name: 'value_1',
        type: 'Bits64',
        summary: 'measurement bytes 8..15; zero beyond the hash size',
      },
      {
        reg: 'X3',
        name: 'value_2',
        type: 'Bits64',
        summary: 'measurement bytes 16..23; zero beyond the hash size',
      },
      {
        reg: 'X4',
        name: 'value_3',
        type: 'Bits64',
        summary: 'measurement bytes 24..31; zero beyond the hash size',
      },
      {
        reg: 'X5',
        name: 'value_4',
        type: 'Bits64',
        summary: 'measurement bytes 32..39; zero beyond the hash size',
      },
      {
        reg: 'X6',
        name: 'value_5',
        type: 'Bits64',
        summary: 'measurement bytes 40..47; zero beyond the hash size',
      },
      {
        reg: 'X7',
        name: 'value_6',
        type: 'Bits64',
        summary: 'measurement bytes 48..55; zero beyond the hash size',
      },
      {
        reg: 'X8',
        name: 'value_7',
        type: 'Bits64',
        summary: 'measurement bytes 56..63; zero beyond the hash size',
      },
    ],
    failures: [
      {
        id: 'index_bound',
        text: 'index > 4',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: [],
  },
  {
    name: 'RSI_MEASUREMENT_EXTEND',
    interface: 'rsi',
    fid: 0xc4000193,
    summary: 'Extend a REM.',
    inputs: [
      {
        reg: 'X1',
        name: 'index',
        type: 'UInt64',
        summary: '1..4',
      },
      {
        reg: 'X2',
        name: 'size',
        type: 'UInt64',
        summary: 'number of bytes taken from the value registers, 0..64',
      },
      {
        reg: 'X3',
        name: 'value_0',
        type: 'Bits64',
        summary: 'value bytes 0..7',
      },
      {
        reg: 'X4',
        name: 'value_1',
        type: 'Bits64',
        summary: 'value bytes 8..15',
      },
      {
        reg: 'X5',
        name: 'value_2',
        type: 'Bits64',
        summary: 'value bytes 16..23',
      },
      {
        reg: 'X6',
        name: 'value_3',
        type: 'Bits64',
        summary: 'value bytes 24..31',
      },
      {
        reg: 'X7',
        name: 'value_4',
        type: 'Bits64',
        summary: 'value bytes 32..39',
      },
      {
        reg: 'X8',
        name: 'value_5',
        type: 'Bits64',
        summary: 'value bytes 40..47',
      },
      {
        reg: 'X9',
        name: 'value_6',
        type: 'Bits64',
        summary: 'value bytes 48..55',
      },
      {
        reg: 'X10',
        name: 'value_7',
        type: 'Bits64',
        summary: 'value bytes 56..63',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
    ],
    failures: [
      {
        id: 'index_bound',
        text: 'index < 1 || index > 4',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'size_bound',
        text: 'size > 64',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['The RIM (index 0) cannot be extended.', 'size may be 0: the hash of the old value alone is stored.'],
  },
  {
    name: 'RSI_ATTESTATION_TOKEN_INIT',
    interface: 'rsi',
    fid: 0xc4000194,
    summary: 'Start building an attestation token.',
    inputs: [
      {
        reg: 'X1',
        name: 'challenge_0',
        type: 'Bits64',
        summary: 'challenge bytes 0..7',
      },
      {
        reg: 'X2',
        name: 'challenge_1',
        type: 'Bits64',
        summary: 'challenge bytes 8..15',
      },
      {
        reg: 'X3',
        name: 'challenge_2',
        type: 'Bits64',
        summary: 'challenge bytes 16..23',
      },
      {
        reg: 'X4',
        name: 'challenge_3',
        type: 'Bits64',
        summary: 'challenge bytes 24..31',
      },
      {
        reg: 'X5',
        name: 'challenge_4',
        type: 'Bits64',
        summary: 'challenge bytes 32..39',
      },
      {
        reg: 'X6',
        name: 'challenge_5',
        type: 'Bits64',
        summary: 'challenge bytes 40..47',
      },
      {
        reg: 'X7',
        name: 'challenge_6',
        type: 'Bits64',
        summary: 'challenge bytes 48..55',
      },
      {
        reg: 'X8',
        name: 'challenge_7',
        type: 'Bits64',
        summary: 'challenge bytes 56..63',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'upper_bound',
        type: 'UInt64',
        summary: 'upper bound of the token size in bytes',
        validWhen: 'result == RSI_SUCCESS',
      },
    ],
    failures: [],
    notes: ['A token of this REC that is under way is dropped.'],
  },
  {
    name: 'RSI_ATTESTATION_TOKEN_CONTINUE',
    interface: 'rsi',
    fid: 0xc4000195,
    summary: 'Fetch the next piece of the attestation token.',
    inputs: [
      {
        reg: 'X1',
        name: 'addr',
        type: 'Address',
        summary: 'IPA of the Granule to write into',
      },
      {
        reg: 'X2',
        name: 'offset',
        type: 'UInt64',
        summary: 'byte offset of the buffer in the Granule',
      },
      {
        reg: 'X3',
        name: 'size',
        type: 'UInt64',
        summary: 'buffer size in bytes',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'len',
        type: 'UInt64',
        summary: 'bytes written',
        validWhen: 'result is RSI_SUCCESS or RSI_INCOMPLETE',
      },
    ],
    failures: [
      {
        id: 'addr_align',
        text: '!AddrIsGranuleAligned(addr)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'offset_bound',
        text: 'offset >= 4096',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'size_overflow',
        text: 'offset + size wraps',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'size_bound',
        text: 'offset + size > 4096',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'addr_bound',
        text: '!AddrIsProtected(addr)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'state',
        text: 'Rec.attest_state == NO_ATTEST_IN_PROGRESS',
        status: 'RSI_ERROR_STATE',
      },
      {
        id: 'ripas_empty',
        text: 'RIPAS of the Granule is EMPTY',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['size 0 gives RSI_INCOMPLETE.'],
  },
  {
    name: 'RSI_REALM_CONFIG',
    interface: 'rsi',
    fid: 0xc4000196,
    summary: 'Write RsiRealmConfig into a Realm page.',
    inputs: [
      {
        reg: 'X1',
        name: 'addr',
        type: 'RsiRealmConfig',
        summary: 'IPA of the Granule',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
    ],
    failures: [
      {
        id: 'addr_align',
        text: '!AddrIsGranuleAligned(addr)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'addr_bound',
        text: '!AddrIsProtected(addr)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'ripas_empty',
        text: 'RIPAS of the Granule is EMPTY',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: [],
  },
  {
    name: 'RSI_IPA_STATE_SET',
    interface: 'rsi',
    fid: 0xc4000197,
    summary: 'Ask the Host to change RIPAS of a Protected range.',
    inputs: [
      {
        reg: 'X1',
        name: 'base',
        type: 'Address',
        summary: 'base IPA',
      },
      {
        reg: 'X2',
        name: 'top',
        type: 'Address',
        summary: 'top IPA',
      },
      {
        reg: 'X3',
        name: 'ripas',
        type: 'RsiRipas',
        summary: 'EMPTY or RAM',
      },
      {
        reg: 'X4',
        name: 'flags',
        type: 'RsiRipasChangeFlags',
        summary: 'bit 0: allow change from DESTROYED',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'new_base',
        type: 'Address',
        summary: 'first IPA not modified',
      },
      {
        reg: 'X2',
        name: 'response',
        type: 'RsiResponse',
        summary: 'ACCEPT or REJECT',
      },
    ],
    failures: [
      {
        id: 'base_align',
        text: '!AddrIsGranuleAligned(base)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'top_align',
        text: '!AddrIsGranuleAligned(top)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'size_valid',
        text: 'top <= base',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'rgn_bound',
        text: '[base, top) is not wholly Protected',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'ripas_valid',
        text: 'ripas is not EMPTY (0) or RAM (1)',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['The result is RSI_SUCCESS even when the Host did nothing: the Realm must look at new_base.'],
  },
  {
    name: 'RSI_IPA_STATE_GET',
    interface: 'rsi',
    fid: 0xc4000198,
    summary: 'Query RIPAS of a Protected range.',
    inputs: [
      {
        reg: 'X1',
        name: 'base',
        type: 'Address',
        summary: 'base IPA',
      },
      {
        reg: 'X2',
        name: 'top',
        type: 'Address',
        summary: 'top IPA',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
      {
        reg: 'X1',
        name: 'out_top',
        type: 'Address',
        summary: 'top of the prefix of [base, top) that shares the reported RIPAS',
      },
      {
        reg: 'X2',
        name: 'ripas',
        type: 'RsiRipas',
        summary: 'RIPAS of that prefix',
      },
    ],
    failures: [
      {
        id: 'base_align',
        text: '!AddrIsGranuleAligned(base)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'end_align',
        text: '!AddrIsGranuleAligned(top)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'size_valid',
        text: 'top <= base',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'rgn_bound',
        text: 'base or top-1 not Protected',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['out_top never passes the RTT in which the walk of base ended: ask again from there.'],
  },
  {
    name: 'RSI_HOST_CALL',
    interface: 'rsi',
    fid: 0xc4000199,
    summary: 'Pass a message to the Host and get one back.',
    inputs: [
      {
        reg: 'X1',
        name: 'addr',
        type: 'RsiHostCall',
        summary: 'IPA of RsiHostCall',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'RsiCommandReturnCode',
        summary: 'status',
      },
    ],
    failures: [
      {
        id: 'addr_align',
        text: 'addr not aligned to 256 bytes',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'addr_bound',
        text: '!AddrIsProtected(addr)',
        status: 'RSI_ERROR_INPUT',
      },
      {
        id: 'ripas_empty',
        text: 'RIPAS of the Granule is EMPTY',
        status: 'RSI_ERROR_INPUT',
      },
    ],
    notes: ['The Host answers in entry.gprs of the next RMI_REC_ENTER.'],
  },
  {
    name: 'SMCCC_VERSION',
    interface: 'psci',
    fid: 0x80000000,
    summary: 'Revision of the SMC calling convention.',
    inputs: [],
    outputs: [
      {
        reg: 'X0',
        name: 'version',
        type: 'UInt32',
        summary: 'major in 30:16, minor in 15:0; 1.2 = 0x00010002',
      },
    ],
    failures: [],
    notes: ['Handled inside the RMM.'],
  },
  {
    name: 'PSCI_VERSION',
    interface: 'psci',
    fid: 0x84000000,
    summary: 'PSCI revision.',
    inputs: [],
    outputs: [
      {
        reg: 'X0',
        name: 'version',
        type: 'UInt32',
        summary: 'major in 30:16, minor in 15:0; 1.1 = 0x00010001',
      },
    ],
    failures: [],
    notes: ['Handled inside the RMM.'],
  },
  {
    name: 'PSCI_CPU_SUSPEND',
    interface: 'psci',
    fid: 0xc4000001,
    fidAlt: 0x84000001,
    summary: 'Suspend this REC.',
    inputs: [
      {
        reg: 'X1',
        name: 'power_state',
        type: 'UInt32',
        summary: 'ignored',
      },
      {
        reg: 'X2',
        name: 'entry_point_address',
        type: 'Address',
        summary: 'ignored',
      },
      {
        reg: 'X3',
        name: 'context_id',
        type: 'UInt64',
        summary: 'ignored',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [],
    notes: ['No RMI_PSCI_COMPLETE is needed.'],
  },
  {
    name: 'PSCI_CPU_OFF',
    interface: 'psci',
    fid: 0x84000002,
    summary: 'Power off this REC.',
    inputs: [],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [],
    notes: ['No RMI_PSCI_COMPLETE is needed.'],
  },
  {
    name: 'PSCI_CPU_ON',
    interface: 'psci',
    fid: 0xc4000003,
    fidAlt: 0x84000003,
    summary: 'Power on another REC.',
    inputs: [
      {
        reg: 'X1',
        name: 'target_cpu',
        type: 'Bits64',
        summary: 'MPIDR_EL1 format',
      },
      {
        reg: 'X2',
        name: 'entry_point_address',
        type: 'Address',
        summary: 'must be Protected',
      },
      {
        reg: 'X3',
        name: 'context_id',
        type: 'UInt64',
        summary: 'value for X0 of the target',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [
      {
        id: 'entry',
        text: '!AddrIsProtected(entry_point_address)',
        status: 'PSCI_INVALID_ADDRESS',
      },
      {
        id: 'mpidr',
        text: 'no REC of this Realm has that MPIDR',
        status: 'PSCI_INVALID_PARAMETERS',
      },
      {
        id: 'self',
        text: 'target is the caller',
        status: 'PSCI_ALREADY_ON',
      },
    ],
    notes: [
      'Completed by RMI_PSCI_COMPLETE, which also answers ALREADY_ON and DENIED.',
      'Entry point and context id are not shown to the Host.',
    ],
  },
  {
    name: 'PSCI_AFFINITY_INFO',
    interface: 'psci',
    fid: 0xc4000004,
    fidAlt: 0x84000004,
    summary: 'Is another REC on?',
    inputs: [
      {
        reg: 'X1',
        name: 'target_affinity',
        type: 'Bits64',
        summary: 'MPIDR_EL1 format',
      },
      {
        reg: 'X2',
        name: 'lowest_affinity_level',
        type: 'UInt32',
        summary: 'must be 0',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciAffinityInfo',
        summary: '0 ON, 1 OFF, or a PSCI error',
      },
    ],
    failures: [
      {
        id: 'target_bound',
        text: 'lowest_affinity_level != 0',
        status: 'PSCI_INVALID_PARAMETERS',
      },
      {
        id: 'target_match',
        text: 'no REC of this Realm has that MPIDR',
        status: 'PSCI_INVALID_PARAMETERS',
      },
    ],
    notes: ['Completed by RMI_PSCI_COMPLETE.'],
  },
  {
    name: 'PSCI_SYSTEM_OFF',
    interface: 'psci',
    fid: 0x84000008,
    summary: 'Shut the Realm down.',
    inputs: [],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [],
    notes: ['Does not return: every later RMI_REC_ENTER of this Realm fails with RMI_ERROR_REALM, index 1.'],
  },
  {
    name: 'PSCI_SYSTEM_RESET',
    interface: 'psci',
    fid: 0x84000009,
    summary: 'Ask for a reset; for the RMM the same as shutdown.',
    inputs: [],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [],
    notes: ['Does not return: every later RMI_REC_ENTER of this Realm fails with RMI_ERROR_REALM, index 1.'],
  },
  {
    name: 'PSCI_FEATURES',
    interface: 'psci',
    fid: 0x8400000a,
    summary: 'Is a PSCI function implemented?',
    inputs: [
      {
        reg: 'X1',
        name: 'psci_func_id',
        type: 'UInt32',
        summary: 'FID asked about',
      },
    ],
    outputs: [
      {
        reg: 'X0',
        name: 'result',
        type: 'PsciReturnCode',
        summary: 'PSCI status',
      },
    ],
    failures: [
      {
        id: 'not_implemented',
        text: 'psci_func_id is not in the supported list',
        status: 'PSCI_NOT_SUPPORTED',
      },
    ],
    notes: ['Handled inside the RMM. PSCI_VERSION itself is not in the list.'],
  },
];
