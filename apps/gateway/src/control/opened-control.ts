import type { ControlStore } from '@pilvi/control-store';

/** The control store as the rest of the gateway sees it, whichever engine it is. */
export interface OpenedControl extends AsyncDisposable {
  readonly control: ControlStore;
  /** Of the cluster whose data it holds; the one to create when it holds none. */
  readonly clusterId: string;
  /** Keeps, for the next start, which cluster this gateway serves. Absent where its own copy of the control store tells. */
  readonly remember?: (clusterId: string) => Promise<void>;
  /** Reads the gateway's own copy again: what is wrong with it, or undefined. Absent where the gateway keeps no copy. */
  readonly verifyOwnCopy?: () => Promise<string | undefined>;
}
