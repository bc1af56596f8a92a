export * from './commands';
export * from './common';
export * from './explain';
export * from './launch-attributes';
export * from './memory-map';
export * from './messages';
export * from './tables';
