/** Answer to `POST /_pilvi/scrub`: the nodes that were asked to read all that they store again. Status says how far they are. */
export interface ScrubDocument {
  readonly nodes: readonly string[];
}
