import type { Engine } from './engine.ts';
import { DISK_RIGHTS, runTools } from './fault-tools.ts';
import type { Resources } from './resources.ts';

const IMAGES = '/images';
/** Longer than any test: what was not fsynced does not reach the image by itself. */
const MOUNT_OPTIONS = 'commit=600,noatime';

/** Disks of known size: an ext4 each, in an image file in a volume, on a loop device, which the engine mounts as the volume of a container. */
export class Disks {
  readonly #engine: Engine;
  readonly #image: string;
  readonly #resources: Resources;
  readonly #sizeBytes: number;
  #imagesVolume: string | undefined;

  constructor(engine: Engine, { image, resources, sizeBytes }: { image: string; resources: Resources; sizeBytes: number }) {
    this.#engine = engine;
    this.#image = image;
    this.#resources = resources;
    this.#sizeBytes = sizeBytes;
    resources.beforeVolumesGo(async () => {
      if (this.#imagesVolume !== undefined) await detachDisks(engine, image, this.#imagesVolume);
    });
  }

  /** An empty disk for each: its root belongs to `uid`. */
  async make(members: readonly { readonly name: string; readonly uid: number }[]): Promise<void> {
    this.#imagesVolume ??= await this.#resources.createVolume('images');
    const lines = members.map(({ name, uid }) => `make ${name} ${uid}`);
    await this.#run(`
      make() {
        truncate --size ${this.#sizeBytes} ${IMAGES}/$1
        mkfs.ext4 -q -F -m 0 -E root_owner=$2:$2 ${IMAGES}/$1
        device=$(losetup --find --show ${IMAGES}/$1)
        mkdir -p /mnt/disk && mount "$device" /mnt/disk && rmdir /mnt/disk/lost+found && umount /mnt/disk
        losetup --detach "$device"
      }
      ${lines.join('\n')}`);
    await this.attach(members.map(({ name }) => name));
  }

  /** A loop device for each image, and a volume on it, called as the volume of that member's data. */
  async attach(names: readonly string[]): Promise<void> {
    const said = await this.#run(names.map((name) => `echo ${name} $(losetup --find --show ${IMAGES}/${name})`).join('\n'));
    for (const line of said.trim().split('\n')) {
      const [name, device] = line.trim().split(' ') as [string, string];
      await this.#resources.createVolume(`${name}-data`, { type: 'ext4', device, o: MOUNT_OPTIONS });
    }
  }

  /** What the disks hold now is set aside: all that was fsynced, and whatever else the kernel has written. Cheap where nothing was written: images are sparse. */
  async copy(): Promise<void> {
    await this.#run(`cd ${IMAGES} && for image in *; do cp --sparse=always --reflink=auto "$image" "$image.copy"; done`);
  }

  /** The copies take the disks' place. Nothing may use the disks. */
  async turnToCopies(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#engine.docker.getVolume(this.#resources.nameOf(`${name}-data`)).remove();
    await detachDisks(this.#engine, this.#image, this.#imagesVolume!);
    await this.#run(`cd ${IMAGES} && for copy in *.copy; do mv "$copy" "\${copy%.copy}"; done`);
    await this.attach(names);
  }

  async #run(script: string): Promise<string> {
    return runOnImages(this.#engine, this.#image, { volume: this.#imagesVolume!, script, labels: this.#resources.labels });
  }
}

/** Frees the loop devices of all images in a volume. */
export async function detachDisks(engine: Engine, image: string, volume: string): Promise<void> {
  const script = `for image in ${IMAGES}/*; do losetup --associated "$image" --noheadings --output NAME | xargs --no-run-if-empty losetup --detach; done`;
  await runOnImages(engine, image, { volume, script, labels: {} });
}

async function runOnImages(
  engine: Engine,
  image: string,
  { volume, script, labels }: { volume: string; script: string; labels: Readonly<Record<string, string>> },
): Promise<string> {
  return runTools(engine, image, { binds: [`${volume}:${IMAGES}`, '/dev:/dev'], script, labels, rights: DISK_RIGHTS });
}
