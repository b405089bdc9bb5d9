import type { Tags } from './records.ts';

export interface LaunchTemplateRecord {
  readonly launchTemplateId: string;
  readonly name: string;
  readonly createdMs: number;
  /** ARN of who made it. */
  readonly createdBy: string;
  readonly defaultVersion: number;
  /** The highest that is there. */
  readonly latestVersion: number;
  /** The highest that ever was: numbers are not used again. */
  readonly lastVersion: number;
  readonly tags: Tags;
}

/** `data` is RequestLaunchTemplateData as it was given. A version never changes. */
export interface LaunchTemplateVersionRecord {
  readonly launchTemplateId: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly data: Readonly<Record<string, unknown>>;
}
