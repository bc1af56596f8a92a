/** The physical interrupt controller: state, registers and delivery. */
export { acknowledgeInterrupt, refreshAllSignals, refreshSignals, Signal, setLine } from './delivery';
export { readDistributor, writeDistributor } from './distributor';
export { enableInterrupts, maskPpi } from './enable';
export { driveInterrupt, raiseInterrupt, raiseSerror } from './external';
export { REDISTRIBUTOR_SIZE, readRedistributor, writeRedistributor } from './redistributor';
export { bitOf, createGic, type Gic, INTIDS, Ppi, restoreGic, SPURIOUS, saveGic } from './state';
