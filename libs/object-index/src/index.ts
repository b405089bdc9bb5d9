export type { RowChange, RowView } from './rows.ts';
