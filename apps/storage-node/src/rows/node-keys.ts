/** Rows outside all partitions lie above them: partition number FFFF is reserved. */
const NODE_PREFIX = Buffer.from([0xff, 0xff]);

export const CHECKPOINT_KEY = Buffer.concat([NODE_PREFIX, Buffer.from([1])]);
export const INVENTORY_PREFIX = Buffer.concat([NODE_PREFIX, Buffer.from([2])]);
/** Never written: compacting it only flushes the memtable (D3). */
export const UNUSED_KEY = Buffer.concat([NODE_PREFIX, Buffer.from([0xff, 0])]);
/** Above every row. */
export const INSTALL_TABLE_END = Buffer.concat([NODE_PREFIX, Buffer.from([0xff, 0xff])]);
