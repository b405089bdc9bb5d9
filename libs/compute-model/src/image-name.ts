const IMAGE_NAME = /^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/;

/** What EC2 says of a name that is none (CreateImage in its API reference). */
export const IMAGE_NAME_RULE =
  "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/', '_', '[', ']', '@', apostrophe and space";

export function isImageName(text: string): boolean {
  return IMAGE_NAME.test(text);
}
