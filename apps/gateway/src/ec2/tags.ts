import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { Tag, TagSpecification } from '@pilvi/aws-query/ec2';
import type { Tags } from '@pilvi/compute-model';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

/** In the order of their keys, as lists of tags are answered. Undefined when there is none, so that the element is left out. */
export function tagList(tags: Tags): readonly Tag[] | undefined {
  const keys = Object.keys(tags).sort();
  return keys.length === 0 ? undefined : keys.map((Key) => ({ Key, Value: tags[Key] ?? '' }));
}

/** Tags as given by a request. Throws InvalidParameterValue and TagLimitExceeded. Source: "Tag restrictions", Amazon EC2 user guide. */
export function readTags(given: readonly Tag[] | undefined): Tags {
  const tags: Record<string, string> = {};
  for (const { Key, Value = '' } of given ?? []) {
    if (Key === undefined || Key === '') throw invalidParameter('tag key', Key ?? '', 'Tag keys cannot be empty.');
    if (Array.from(Key).length > MAX_KEY) throw invalidParameter('tag key', Key, `Tag keys have ${MAX_KEY} characters at most.`);
    if (Array.from(Value).length > MAX_VALUE)
      throw invalidParameter('tag value', Value, `Tag values have ${MAX_VALUE} characters at most.`);
    if (isReserved(Key)) throw invalidParameter('tag key', Key, "Tag keys starting with 'aws:' are reserved for internal use.");
    if (Object.hasOwn(tags, Key)) throw invalidParameter('tag key', Key, 'The same tag key is given twice.');
    tags[Key] = Value;
  }
  checkTagCount(tags);
  return tags;
}

/** Tags of the service itself are not counted. */
export function checkTagCount(tags: Tags): void {
  if (Object.keys(tags).filter((key) => !isReserved(key)).length > MAX_TAGS)
    throw new QueryError('TagLimitExceeded', `A resource has ${MAX_TAGS} tags at most.`);
}

/** Set by the service, and by nobody else. */
export function isReserved(key: string): boolean {
  return /^aws:/i.test(key);
}

/** The tags that a request gives to what it makes, by type of resource. Throws InvalidParameterValue for a type that it does not make. */
export function tagsOnCreate<Type extends string>(
  specifications: readonly TagSpecification[] | undefined,
  types: readonly Type[],
): Readonly<Record<Type, Tags>> {
  const given = new Map<string, Tags>();
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (ResourceType === undefined || ResourceType === '') throw missingParameter('TagSpecification.ResourceType');
    if (!(types as readonly string[]).includes(ResourceType))
      throw invalidParameter('TagSpecification.ResourceType', ResourceType, `This action makes: ${types.join(', ')}.`);
    if (given.has(ResourceType)) throw invalidParameter('TagSpecification.ResourceType', ResourceType, 'It is given twice.');
    given.set(ResourceType, readTags(Tags));
  }
  return Object.fromEntries(types.map((type) => [type, given.get(type) ?? {}])) as Record<Type, Tags>;
}
