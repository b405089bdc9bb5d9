import { formatAmzDate } from '../sigv4/amz-date.ts';
import type { RequestHead } from '../request-head.ts';

/** The credentials, time and place of every example in "Authenticating requests (AWS Signature Version 4)", S3 API reference. */
export const EXAMPLE_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
export const EXAMPLE_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
export const EXAMPLE_TIME_MS = Date.UTC(2013, 4, 24);
export const EXAMPLE_SCOPE = '20130524/us-east-1/s3/aws4_request';
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Example {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly signedHeaders?: string;
  readonly signature: string;
}

/** A request with the published signature in its Authorization header. */
export function exampleRequest(example: Example): RequestHead {
  const signedHeaders = example.signedHeaders ?? 'host;x-amz-content-sha256;x-amz-date';
  return {
    method: example.method ?? 'GET',
    url: example.url,
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': formatAmzDate(EXAMPLE_TIME_MS),
      ...example.headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${EXAMPLE_KEY_ID}/${EXAMPLE_SCOPE},SignedHeaders=${signedHeaders},Signature=${example.signature}`,
    },
  };
}

export const GET_OBJECT: Example = {
  url: '/test.txt',
  headers: { range: 'bytes=0-9' },
  signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
};

export const PUT_OBJECT: Example = {
  method: 'PUT',
  url: '/test%24file.text',
  headers: {
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  },
  signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
  signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
};

export const GET_LIFECYCLE: Example = { url: '/?lifecycle', signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543' };

export const LIST_OBJECTS: Example = {
  url: '/?max-keys=2&prefix=J',
  signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
};

export const PRESIGNED_URL = `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${EXAMPLE_KEY_ID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`;

const CHUNKED_HEADERS = {
  host: 's3.amazonaws.com',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': '66560',
};

/** 64 KiB and 1 KiB of `a`. */
export const CHUNKED_DATA = Buffer.alloc(66_560, 'a');

export const PUT_CHUNKED: Example = {
  method: 'PUT',
  url: '/examplebucket/chunkObject.txt',
  headers: { ...CHUNKED_HEADERS, 'content-length': '66824', 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
  signedHeaders: 'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};

export const PUT_CHUNKED_BODY = chunks([
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
]);

export const PUT_TRAILER: Example = {
  method: 'PUT',
  url: '/examplebucket/chunkObject.txt',
  headers: {
    ...CHUNKED_HEADERS,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
  },
  signedHeaders: 'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
  signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
};

export const PUT_TRAILER_BODY = chunks(
  [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
);

function chunks([first = '', second = '', last = '']: readonly string[], trailer = ''): Buffer {
  return Buffer.concat([
    Buffer.from(`10000;chunk-signature=${first}\r\n`),
    CHUNKED_DATA.subarray(0, 65_536),
    Buffer.from(`\r\n400;chunk-signature=${second}\r\n`),
    CHUNKED_DATA.subarray(65_536),
    Buffer.from(`\r\n0;chunk-signature=${last}\r\n${trailer}\r\n`),
  ]);
}
