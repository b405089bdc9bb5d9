// Writes docs/actions.md.
import { writeFileSync } from 'node:fs';
import { actionsTable } from './actions-table.ts';
import { DOCUMENT, S3_NAMES } from './document.ts';

writeFileSync(DOCUMENT, actionsTable(S3_NAMES));
