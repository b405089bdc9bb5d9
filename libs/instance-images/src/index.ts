export { archiveKind, type ArchiveKind } from './archive-kind.ts';
export { BASE_IMAGES, type BaseImage } from './base-images.ts';
export { ImageError, type ImageErrorCode } from './errors.ts';
export { fetchArchive, type FetchOptions } from './fetch-archive.ts';
export type { IdRange } from './idmapped-mount.ts';
export type { ImageConfig } from './image-config.ts';
export { openImageStore, type ImageStore, type StoredImage } from './image-store.ts';
export { openRootDisks, type MountedRoot, type RootDisks } from './root-disks.ts';
